import { ActionIcon, Button, Menu, Skeleton, TextInput, Tooltip } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { useView } from '../app/use-view.ts';
import classes from './data-table.module.css';
import { exportRows } from './export-rows.ts';
import { sayCount } from './format.ts';
import { Icon } from './icon.tsx';
import { ScrollBox } from './scroll-box.tsx';

export type Cell = string | number | null;

export interface Column<T> {
  key: string;
  title: string;
  /** What is sorted by, filtered by and exported. */
  value(row: T): Cell;
  render?(row: T): ReactNode;
  right?: boolean;
  /** Left out where there is little room. */
  wide?: boolean;
  /** Holds something to do, nothing to sort by or to save. */
  action?: boolean;
}

interface Props<T> {
  /** Also the prefix of its sort and filter in the URL. */
  id: string;
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[] | undefined;
  rowKey(row: T): string;
  empty?: ReactNode;
  /** Key of a column, with - in front for the largest first. */
  sort?: string;
  filter?: boolean;
  tools?: ReactNode;
  /** Said below the table when it holds the beginning of something longer. */
  cut?: string;
  /** Rows shown at first. */
  page?: number;
}

const words = new Intl.Collator('en', { numeric: true });

const compare = (one: Cell, other: Cell): number => {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return words.compare(String(one), String(other));
};

/** A table that sorts, filters, exports and keeps its view in the URL. Skeleton rows while there is nothing yet. */
export const DataTable = <T,>(props: Props<T>) => {
  const { id, columns, rows, rowKey } = props;
  const page = props.page ?? 50;
  const [search, change] = useView<Record<string, unknown>>();
  const [shown, setShown] = useState(page);
  const sort = String(search[`${id}-sort`] ?? props.sort ?? '');
  const words = String(search[`${id}-q`] ?? '');
  const key = sort.replace(/^-/, '');
  const down = sort.startsWith('-');
  const set = (name: string, value: string) => change({ [`${id}-${name}`]: value || undefined });

  const found = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = (rows ?? []).filter((row) => {
      if (wanted.length === 0) return true;
      const text = columns
        .map((column) => column.value(row) ?? '')
        .join(' ')
        .toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    const column = columns.find((candidate) => candidate.key === key);
    if (!column) return hits;
    return hits.toSorted((one, other) => (down ? -1 : 1) * compare(column.value(one), column.value(other)));
  }, [rows, columns, words, key, down]);

  if (rows && rows.length === 0 && props.empty) return <>{props.empty}</>;
  const bar = props.filter || props.tools;
  const kept = columns.filter(({ action }) => !action);
  return (
    <div>
      {bar ? (
        <div className={classes.bar}>
          {props.filter ? (
            <TextInput
              size="xs"
              aria-label={`Filter: ${props.caption}`}
              placeholder="Filter"
              leftSection={<Icon name="search" size={13} />}
              value={words}
              onChange={(event) => set('q', event.currentTarget.value)}
            />
          ) : null}
          {props.tools}
          {rows && rows.length > 0 ? (
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Tooltip label="Save as CSV or JSON">
                  <ActionIcon variant="subtle" color="gray" ml="auto" aria-label={`Save: ${props.caption}`}>
                    <Icon name="download" size={14} />
                  </ActionIcon>
                </Tooltip>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => exportRows('csv', props.id, kept, found)}>Save as CSV</Menu.Item>
                <Menu.Item onClick={() => exportRows('json', props.id, kept, found)}>Save as JSON</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          ) : null}
        </div>
      ) : null}
      <ScrollBox label={props.caption}>
        <table className={classes.table}>
          <caption>{props.caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => {
                const state = key !== column.key ? 'none' : down ? 'descending' : 'ascending';
                return (
                  <th
                    key={column.key}
                    scope="col"
                    aria-sort={column.action ? undefined : state}
                    data-right={column.right}
                    data-wide={column.wide}
                  >
                    {column.action ? (
                      column.title
                    ) : (
                      <button
                        type="button"
                        onClick={() => set('sort', state === 'ascending' ? `-${column.key}` : column.key)}
                      >
                        {column.title}
                        {state === 'none' ? null : <span aria-hidden="true">{down ? '↓' : '↑'}</span>}
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {rows
              ? found.slice(0, shown).map((row) => (
                  <tr key={rowKey(row)}>
                    {columns.map((column) => (
                      <td key={column.key} data-right={column.right} data-wide={column.wide}>
                        {column.render ? column.render(row) : (column.value(row) ?? '–')}
                      </td>
                    ))}
                  </tr>
                ))
              : [1, 2, 3, 4, 5].map((line) => (
                  <tr key={line}>
                    {columns.map((column) => (
                      <td key={column.key} data-wide={column.wide}>
                        <Skeleton
                          height={12}
                          width={column.right ? 56 : '70%'}
                          ml={column.right ? 'auto' : 0}
                        />
                      </td>
                    ))}
                  </tr>
                ))}
          </tbody>
        </table>
      </ScrollBox>
      {rows && words && found.length === 0 ? (
        <p className={classes.none}>Nothing matches “{words}”.</p>
      ) : null}
      {props.cut ? <p className={classes.none}>{props.cut}</p> : null}
      {found.length > shown ? (
        <div className={classes.more}>
          <Button variant="subtle" size="compact-sm" onClick={() => setShown(shown + 4 * page)}>
            Show more of {sayCount(found.length)}
          </Button>
        </div>
      ) : null}
    </div>
  );
};

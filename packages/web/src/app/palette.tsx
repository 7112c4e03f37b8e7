import { collect } from '@leman/client';
import { CloseButton, Modal } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { sayBytes } from '../parts/format.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { lake, statusQuery } from './lake.ts';
import classes from './palette.module.css';
import { useFocusBack } from './use-focus-back.ts';

interface Hit {
  key: string;
  icon: IconName;
  label: string;
  note: string;
  go(): void;
}

const MOST = 8;
const MOST_SCOPES = 12;
/** Scopes and storages shown at most. */
const MOST_SHORT = 4;
const ruleId = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Names that match, in these scopes. */
const findNames = async (scopes: readonly string[], name: string, signal: AbortSignal) => {
  const found = await Promise.all(
    scopes.map((scope) => collect(lake.dids.search({ scope, name, type: 'all', limit: MOST, signal }), MOST)),
  );
  const rank = { CONTAINER: 0, DATASET: 1, FILE: 2 };
  return found
    .flat()
    .toSorted((one, other) => rank[one.did_type] - rank[other.did_type])
    .slice(0, MOST);
};

/** Search over the lake: scopes, names, rules, storages, areas. Arrow keys choose, Enter goes. */
const Palette = ({ close }: { close: () => void }) => {
  useFocusBack();
  const navigate = useNavigate();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [wanted] = useDebouncedValue(text.trim(), 120);
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: false });
  const { data: scopes, error: unasked } = useQuery({
    queryKey: ['palette', 'scopes'],
    queryFn: () => lake.scopes.list(),
  });
  const colon = wanted.indexOf(':');
  // Without a scope the first few are looked at; the sentence below says so.
  const searched = colon > 0 ? [wanted.slice(0, colon)] : (scopes?.slice(0, MOST_SCOPES) ?? []);
  const pattern = colon > 0 ? `${wanted.slice(colon + 1)}*` : `*${wanted}*`;
  const names = useQuery({
    queryKey: ['palette', searched, pattern],
    queryFn: ({ signal }) => findNames(searched, pattern, signal),
    enabled: wanted.length > 1 && searched.length > 0,
  });
  const failed = names.error ?? unasked;
  useEffect(() => input.current?.focus(), []);

  const lower = text.trim().toLowerCase();
  const areas: Hit[] = [
    { key: 'now', icon: 'now', label: 'Now', note: 'the lake as it is', go: () => navigate({ to: '/' }) },
    {
      key: 'data',
      icon: 'data',
      label: 'Data',
      note: 'files, datasets, containers',
      go: () => navigate({ to: '/data' }),
    },
    {
      key: 'rules',
      icon: 'rules',
      label: 'Rules',
      note: 'what must be where',
      go: () => navigate({ to: '/rules' }),
    },
    {
      key: 'storages',
      icon: 'disk',
      label: 'Storages',
      note: 'how full, how open',
      go: () => navigate({ to: '/storages' }),
    },
  ];
  const storages: Hit[] = (status?.rses ?? [])
    .filter(({ rse }) => lower && rse.toLowerCase().includes(lower))
    .slice(0, MOST_SHORT)
    .map(({ rse, free }) => ({
      key: `rse ${rse}`,
      icon: 'disk',
      label: rse,
      note: free === null ? 'storage' : `storage, ${sayBytes(free)} free`,
      go: () => navigate({ to: '/storages/$rse', params: { rse } }),
    }));
  const folders: Hit[] = (scopes ?? [])
    .filter((scope) => lower && scope.toLowerCase().includes(lower.replace(/:$/, '')))
    .slice(0, MOST_SHORT)
    .map((scope) => ({
      key: `scope ${scope}`,
      icon: 'data',
      label: scope,
      note: 'scope',
      go: () => navigate({ to: '/data/$scope', params: { scope } }),
    }));
  const rules: Hit[] = ruleId.test(lower)
    ? [
        {
          key: 'rule',
          icon: 'rules',
          label: `Rule ${lower}`,
          note: 'open',
          go: () => navigate({ to: '/rules/$id', params: { id: lower.replaceAll('-', '') } }),
        },
      ]
    : [];
  const data: Hit[] = (wanted.length > 1 ? (names.data ?? []) : []).map(({ scope, name, did_type }) => ({
    key: `${scope}:${name}`,
    icon: did_type === 'FILE' ? 'file' : did_type === 'DATASET' ? 'dataset' : 'container',
    label: `${scope}:${name}`,
    note: did_type.toLowerCase(),
    go: () => navigate({ to: '/data/$scope/$name', params: { scope, name } }),
  }));
  const hits = [
    ...rules,
    ...folders,
    ...data,
    ...storages,
    ...areas.filter(({ label }) => label.toLowerCase().includes(lower)),
  ];
  const at = Math.min(chosen, hits.length - 1);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);

  const pick = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    hit.go();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
    else if (event.key === 'Enter') pick(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={620}
      yOffset="12vh"
      title="Search the lake"
      classNames={{ header: classes.hidden ?? '' }}
      transitionProps={{ duration: 0 }}
    >
      <div className={classes.field}>
        <Icon name="search" />
        <input
          ref={input}
          data-autofocus
          type="text"
          role="combobox"
          aria-label="Search the lake"
          aria-expanded="true"
          aria-controls={`${id}-hits`}
          aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
          placeholder="scope:name, part of a name, a rule's id, a storage"
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKey}
        />
        <kbd>Esc</kbd>
        <CloseButton aria-label="Close the search" onClick={close} />
      </div>
      <div role="listbox" id={`${id}-hits`} aria-label="Hits" className={classes.hits}>
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field, as in any combobox
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={hit.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={classes.hit}
            onMouseMove={() => setChosen(index)}
            onClick={() => pick(hit)}
          >
            <Icon name={hit.icon} />
            <span>{hit.label}</span>
            <small>{hit.note}</small>
          </div>
        ))}
      </div>
      {hits.length === 0 ? (
        <p className={classes.none}>
          {text.trim().length < 2
            ? 'Two letters or more find names.'
            : text.trim() !== wanted || (!scopes && !failed) || names.isFetching
              ? 'Searching…'
              : failed
                ? `The lake cannot be searched: ${failed.message}`
                : colon < 0 && scopes && scopes.length > MOST_SCOPES
                  ? `Nothing matches “${text}” in the first ${MOST_SCOPES} of ${scopes.length} scopes. Name the scope: scope:name.`
                  : `Nothing in the lake matches “${text}”.`}
        </p>
      ) : null}
    </Modal>
  );
};
export default Palette;

import type { Column } from './data-table.tsx';

/** A cell of a CSV file. A formula of a spreadsheet is kept from running by a leading quote. */
const csvCell = (value: string | number | null): string => {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Saves what a table shows, as a file. */
export const exportRows = <T>(
  kind: 'csv' | 'json',
  name: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
) => {
  const text =
    kind === 'json'
      ? JSON.stringify(rows, null, 2)
      : [
          columns.map((column) => csvCell(column.title)).join(','),
          ...rows.map((row) => columns.map((column) => csvCell(column.value(row))).join(',')),
        ].join('\n');
  const url = URL.createObjectURL(
    new Blob([text], { type: kind === 'json' ? 'application/json' : 'text/csv' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = `leman-${name}.${kind}`;
  link.click();
  URL.revokeObjectURL(url);
};

import type { ComponentChildren } from 'preact';

/** A column of a table. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** The name is for screen readers only, and narrow screens do not show it. */
  readonly isUnnamed?: boolean;
  /** Classes of the cells: `number`, `right`, `cell-message`, `cell-whole`, `cell-lead`. */
  readonly class?: string;
}

export interface DataTableProps<Row> {
  /** Describes the rows and their order, for screen readers. */
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string | number;
  readonly columns: readonly Column<Row>[];
  /** Controls at the end of a row. */
  readonly actions?: (row: Row) => ComponentChildren;
  readonly class?: string;
}

/** A table, whose rows become cards on narrow screens. */
export function DataTable<Row>({ caption, rows, rowKey, columns, actions, class: name = '' }: DataTableProps<Row>) {
  const shown: readonly Column<Row>[] = actions
    ? [...columns, { name: 'Actions', cell: actions, isUnnamed: true, class: 'right' }]
    : columns;
  return (
    <table class={`table ${name}`}>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {shown.map((column) => (
            <th key={column.name} scope="col" class={/\bright\b/.test(column.class ?? '') ? 'right' : ''}>
              {column.isUnnamed ? <span class="visually-hidden">{column.name}</span> : column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {shown.map((column) => (
              <td key={column.name} data-name={column.isUnnamed ? undefined : column.name} class={column.class}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

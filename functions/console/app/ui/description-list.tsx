import type { ComponentChildren } from 'preact';

export type DescriptionItem = readonly [name: string, value: ComponentChildren];

/** A list of names and values. Items without a value are omitted. */
export function DescriptionList({ of }: { readonly of: readonly DescriptionItem[] }) {
  const known = of.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <bdi>{value}</bdi> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flow } from '../../../../../../functions/api/definition/flow-request.ts';
import { validate } from '../../../../../../functions/api/http/validate.ts';

const readme = (folder: string) =>
  readFileSync(new URL(`../../../../../../functions/core/executors/flow/${folder}README.md`, import.meta.url), 'utf8');

/** The sections with examples: that of the flow's own page, and the pages of its operators. */
const pages = [
  [
    'Definition',
    readme('')
      .split(/^## /m)
      .find((section) => section.startsWith('Definition')) ?? '',
  ],
  ['Sources', readme('sources/')],
  ['Transforms', readme('transforms/')],
  ['Sinks', readme('sinks/')],
] as const;

/** The JSON examples of each page. */
const blocks = pages.flatMap(([heading, page]) =>
  [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text = '']) => ({ heading, text })),
);

const generate = { type: 'generate', count: 1 };
const preview = { type: 'preview' };
const flowOf: Readonly<Record<string, (operator: object) => object>> = {
  Definition: (definition) => definition,
  Sources: (source) => ({ sources: [source], sinks: [preview] }),
  Transforms: (transform) => ({ sources: [generate], transforms: [transform], sinks: [preview] }),
  Sinks: (sink) => ({ sources: [generate], sinks: [sink] }),
};

const examples = blocks.flatMap(({ heading, text }) =>
  (heading === 'Definition' ? [text] : text.trim().split('\n')).map((json) => [heading, json] as const),
);

describe('the examples of the README', () => {
  it('cover sources, transforms and sinks', () => {
    expect(new Set(examples.map(([heading]) => heading))).toEqual(new Set(Object.keys(flowOf)));
  });

  it.each(examples)('define a valid flow below %s: %s', (heading, json) => {
    const definition = flowOf[heading]?.(JSON.parse(json) as object);

    expect(validate(flow(), definition, 'flow').sinks).not.toEqual([]);
  });

  it('define a valid flow with curl', () => {
    const [, body = ''] = /--json '([^']*)'/.exec(readme('')) ?? [];

    expect(validate(flow(), (JSON.parse(body) as { flow: object }).flow, 'flow').sources).toHaveLength(1);
  });
});

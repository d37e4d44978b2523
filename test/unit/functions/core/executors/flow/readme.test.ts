import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flow } from '../../../../../../functions/api/definition/flow-request.ts';
import { validate } from '../../../../../../functions/api/http/validate.ts';

const readme = readFileSync(
  new URL('../../../../../../functions/core/executors/flow/README.md', import.meta.url),
  'utf8',
);

/** The code blocks of a language below each heading. */
const blocks = (language: string) =>
  readme.split(/^## /m).flatMap((section) => {
    const [heading = ''] = section.split('\n');
    const texts = [...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text);
    return texts.map((text = '') => ({ heading, text }));
  });

const generate = { type: 'generate', count: 1 };
const preview = { type: 'preview' };
const flowOf: Readonly<Record<string, (operator: object) => object>> = {
  Definition: (definition) => definition,
  Sources: (source) => ({ sources: [source], sinks: [preview] }),
  Transforms: (transform) => ({ sources: [generate], transforms: [transform], sinks: [preview] }),
  Sinks: (sink) => ({ sources: [generate], sinks: [sink] }),
};

const examples = blocks('json').flatMap(({ heading, text }) =>
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
    const [{ text } = { text: '' }] = blocks('sh');
    const [, body = ''] = /--json '([^']*)'/.exec(text) ?? [];

    expect(validate(flow(), (JSON.parse(body) as { flow: object }).flow, 'flow').sources).toHaveLength(1);
  });
});

import * as z from 'zod';
import type { StateEntryView } from '../../functions/api/runner/state.ts';
import { path } from '../cli/api.ts';
import { fetchFittingPage, leftOut, omitEmpty } from './answer.ts';
import { items, limit } from './inputs.ts';
import { defineTool } from './tool.ts';

const namespace = () => z.string().describe('Namespace of the values: see list_state.');
const key = () => z.string().min(1).max(256);

interface Entries {
  readonly entries: readonly StateEntryView[];
  readonly next: string | null;
}

interface Namespaces {
  readonly namespaces: readonly string[];
  readonly next: string | null;
}

const more = (next: string | null, what: string) =>
  leftOut(next !== null && `more ${what}: call again with after=${next}`);

const listState = defineTool({
  name: 'list_state',
  title: 'List the state of scripts',
  effect: 'read',
  description:
    'Values that scripts keep between runs, such as cursors and seen items. Without namespace, lists the namespaces; with ' +
    'one, its values by key. Use it for "where did the sync stop?". Values of other tenants and of namespaces that start ' +
    'with _ are never shown.',
  input: {
    namespace: namespace().optional(),
    prefix: z.string().optional().describe('Only keys that start with this text; needs namespace.'),
    after: z.string().optional().describe('Lists what follows: the next of the previous answer.'),
    limit: limit(50, 100),
  },
  output: {
    namespaces: z.array(z.string()),
    entries: items('key, value (any JSON), updated_at, expires_at.'),
    next: z.string().nullable(),
  },
  async call({ namespace: name, prefix, after, limit: count }, { api, maxBytes }) {
    if (name === undefined) {
      const { namespaces, next } = await api.get<Namespaces>('/state', { after, limit: count });
      return { namespaces, next, ...more(next, 'namespaces') };
    }
    const { page, items: entries } = await fetchFittingPage(
      count,
      maxBytes,
      (size) => api.get<Entries>(path`/state/${name}`, { prefix, after, limit: size }),
      (found) => found.entries.map((entry) => ({ ...omitEmpty({ ...entry }), value: entry.value })),
    );
    return { entries, next: page.next, ...more(page.next, 'values') };
  },
});

const getState = defineTool({
  name: 'get_state',
  title: 'Get a value of the state',
  effect: 'read',
  description: 'One value that scripts keep between runs, with its etag for set_state and delete_state.',
  input: { namespace: namespace(), key: key() },
  output: { value: z.unknown(), etag: z.string(), updated_at: z.string(), expires_at: z.string() },
  async call({ namespace: name, key: id }, { api }) {
    const { body, etag } = await api.request<StateEntryView>('GET', path`/state/${name}/${id}`);
    const { value, updated_at, expires_at } = body;
    return { value, ...omitEmpty({ etag, updated_at, expires_at }) };
  },
});

const setState = defineTool({
  name: 'set_state',
  title: 'Set a value of the state',
  effect: 'replace',
  description:
    'Stores a value that scripts read in their next run: to move a cursor or to make a script repeat its work, for example. ' +
    'Get the value first and pass its etag as if_match, so that a change by a run meanwhile is not lost.',
  input: {
    namespace: namespace(),
    key: key(),
    value: z.unknown().describe('Any JSON value of at most 100 KB.'),
    ttl_s: z.int().min(1).optional().describe('Seconds until the value expires. Never by default.'),
    if_match: z.string().optional().describe('The etag of get_state: fails if the value has changed since.'),
    if_absent: z.boolean().default(false).describe('Fails if the key has a value.'),
  },
  output: { ok: z.boolean(), etag: z.string(), expires_at: z.string() },
  async call({ namespace: name, key: id, value, ttl_s, if_match, if_absent }, { api }) {
    const { body, etag } = await api.request<StateEntryView>('PUT', path`/state/${name}/${id}`, {
      body: { value, ...(ttl_s !== undefined && { ttl_s }) },
      headers: {
        ...(if_match !== undefined && { 'if-match': if_match }),
        ...(if_absent && { 'if-none-match': '*' }),
      },
    });
    return { ok: true, ...omitEmpty({ etag, expires_at: body.expires_at }) };
  },
});

const deleteState = defineTool({
  name: 'delete_state',
  title: 'Delete a value of the state',
  effect: 'replace',
  description: 'Deletes a value that scripts keep between runs. It cannot be undone.',
  input: {
    namespace: namespace(),
    key: key(),
    if_match: z.string().optional().describe('The etag of get_state: fails if the value has changed since.'),
  },
  output: { ok: z.boolean() },
  async call({ namespace: name, key: id, if_match }, { api }) {
    const headers = if_match === undefined ? {} : { 'if-match': if_match };
    await api.request('DELETE', path`/state/${name}/${id}`, { headers });
    return { ok: true };
  },
});

export const stateTools = [listState, getState, setState, deleteState];

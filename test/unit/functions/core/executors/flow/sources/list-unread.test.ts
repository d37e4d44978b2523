import { describe, expect, it } from 'vitest';
import { listUnread } from '../../../../../../../functions/core/executors/flow/sources/list-unread.ts';
import type { ObjectInfo } from '../../../../../../../functions/core/platform/objects.ts';
import { fingerprintOf, putReadObjects } from '../../../../../../../functions/core/store/read-objects.ts';
import { RUN, sourceContext } from '../../../../../../helpers/builders/source-context.ts';
import { memoryDb } from '../../../../../../helpers/fakes/memory-db.ts';
import { memoryObjects } from '../../../../../../helpers/fakes/memory-objects.ts';

const object = (key: string, size = 1): ObjectInfo => ({ key, size, etag: '"1"', modified: 0 });

/** A source of which runs have read some objects. */
async function given(read: readonly ObjectInfo[] = [], prefix = 'in/') {
  const [db, objects] = [memoryDb(), memoryObjects()];
  const said: string[] = [];
  const fingerprints = new Set(read.map((each) => fingerprintOf(each, false)));
  const stored = { cursor: null, startedAt: null, generation: 0, prefix, fingerprints };
  await putReadObjects({ db, objects }, RUN, 'source_1', 0, stored, 'FIRST');
  const context = sourceContext({ db, objects, log: (_level, _id, message) => said.push(message) });
  const source = { id: 'source_1', prefix, delta: { by: 'object' } } as const;
  const list = (found: readonly ObjectInfo[], limits = { maxUnread: 10 }) =>
    listUnread(
      source,
      context,
      async function* () {
        yield found;
      },
      limits,
    );
  return { list, said };
}

describe('listUnread', () => {
  it('leaves objects over the limit to the next run, and names the first of them', async () => {
    const { list, said } = await given();

    const unread = await list([object('in/a'), object('in/b'), object('in/c'), object('in/d')], { maxUnread: 2 });

    expect(unread.objects.map(({ key }) => key)).toEqual(['in/a', 'in/b']);
    expect(unread.delta.leftOver).toBe('in/c');
    expect(said).toEqual(['the run reads 2 new objects and leaves others to the next run']);
  });

  it('forgets objects that no longer exist', async () => {
    const { list } = await given([object('in/a'), object('in/b')]);

    const { objects, delta } = await list([object('in/b')]);

    expect([objects, delta.forgotten]).toEqual([[], [fingerprintOf(object('in/a'), false)]]);
  });

  it('passes over empty objects, and keys without a text at the placeholder', async () => {
    const { list } = await given([], 'in/{{delta.cursor}}/');

    const { objects } = await list([object('in/2026/'), object('in/2026/a', 0), object('in/b'), object('in/2026/c')]);

    expect(objects.map(({ key }) => key)).toEqual(['in/2026/', 'in/2026/c']);
  });

  it('fails if too many objects that were read remain', async () => {
    const read = [object('in/a'), object('in/b')];
    const { list } = await given(read);
    const limits = { maxUnread: 10, maxRead: 1 };

    const listing = list(read, limits);

    await expect(listing).rejects.toMatchObject({
      message: expect.stringContaining("more than 1 objects with the prefix 'in/' were read: move them") as string,
      permanent: true,
    });
  });

  it('fails for 100,001 objects that were read, within the memory of their fingerprints', async () => {
    const read = Array.from({ length: 100_001 }, (_, i) => object(`in/${i}`));
    const { list } = await given(read);

    await expect(list(read)).rejects.toThrow('more than 100000 objects');
  });
});

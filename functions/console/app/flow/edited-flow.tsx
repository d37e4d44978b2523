import type { Versioned } from '../api/client.ts';
import { useDeck } from '../context.ts';
import { useVersionedEdit } from '../hooks/use-versioned-edit.ts';
import { navigate } from '../router.ts';
import { EditConflictDialog } from '../ui/edit-conflict.tsx';
import { changesBetween, editable } from '../view/flow-form.ts';
import { PATHS } from '../view/routes.ts';
import { FlowEditor } from './flow-editor.tsx';

type Definition = Readonly<Record<string, unknown>>;

/** @param props.opened later values are ignored: what is being typed must not change */
export function EditedFlow({ opened }: { readonly opened: Versioned<Definition> }) {
  const { pipelines } = useDeck();
  const id = String(opened.value.id);
  const { base, save, conflict } = useVersionedEdit<Definition, Definition>(opened, {
    load: () => pipelines.versionedDefinition(id),
    send: async ({ value, etag }, definition) => {
      const changes = changesBetween(editable(value), definition);
      if (Object.keys(changes).length > 0) await pipelines.update(id, changes, etag);
    },
    done: () => navigate(PATHS.job(id), { replace: true }),
    fieldsOf: editable,
    fieldsOfDraft: (definition) => definition,
  });
  return (
    <>
      <FlowEditor key={base.etag} start={editable(base.value)} onSave={save} />
      {conflict && <EditConflictDialog conflict={conflict} />}
    </>
  );
}

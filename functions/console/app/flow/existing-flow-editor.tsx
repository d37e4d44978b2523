import type { Versioned } from '../api/client.ts';
import { useApp } from '../app-context.ts';
import { useVersionedEdit } from '../hooks/use-versioned-edit.ts';
import { navigate } from '../router.ts';
import { EditConflictDialog } from '../ui/edit-conflict.tsx';
import { editableFields, patchBetween } from '../view/flow-form.ts';
import { PATHS } from '../view/routes.ts';
import { FlowEditor } from './flow-editor.tsx';

type Definition = Readonly<Record<string, unknown>>;

/** @param props.opened the version to edit; later values are ignored, so that a poll does not change the text */
export function ExistingFlowEditor({ opened }: { readonly opened: Versioned<Definition> }) {
  const { pipelines } = useApp();
  const id = String(opened.value.id);
  const { base, save, conflict } = useVersionedEdit<Definition, Definition>(opened, {
    load: () => pipelines.versionedDefinition(id),
    save: async ({ value, etag }, definition) => {
      const changes = patchBetween(editableFields(value), definition);
      if (Object.keys(changes).length > 0) await pipelines.update(id, changes, etag);
    },
    onSaved: () => navigate(PATHS.job(id), { replace: true }),
    toFields: editableFields,
    draftToFields: (definition) => definition,
  });
  return (
    <>
      <FlowEditor key={base.etag} existing={editableFields(base.value)} onSave={save} />
      {conflict && <EditConflictDialog conflict={conflict} />}
    </>
  );
}

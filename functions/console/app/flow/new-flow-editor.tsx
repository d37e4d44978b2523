import { useApp } from '../app-context.ts';
import { navigate } from '../router.ts';
import { PATHS } from '../view/routes.ts';
import { FlowEditor } from './flow-editor.tsx';

export function NewFlowEditor() {
  const { pipelines } = useApp();
  return (
    <FlowEditor
      onSave={async (definition) => navigate(PATHS.job((await pipelines.create(definition)).id), { replace: true })}
    />
  );
}

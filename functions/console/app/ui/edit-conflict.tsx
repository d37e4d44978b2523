import { useAction } from '../hooks/use-action.ts';
import type { EditConflict } from '../hooks/use-versioned-edit.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './notice.tsx';

/** Compares an edit with a change that another user saved meanwhile, and lets the user choose. */
export function EditConflictDialog({ conflict }: { readonly conflict: EditConflict }) {
  const { differences, acceptTheirs, overwriteTheirs, continueEditing } = conflict;
  const save = useAction(overwriteTheirs);
  return (
    <Dialog title="Changed by another user" onClose={continueEditing} wide>
      <div class="dialog-body">
        <p>Another user saved changes after you opened the editor. The versions differ in these fields:</p>
        <table class="table compare">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Original</th>
              <th scope="col">Theirs</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, before, theirs, mine }) => (
              <tr key={field}>
                <th scope="row">
                  <code>{field}</code>
                </th>
                <td data-name="Original">{before}</td>
                <td data-name="Theirs">{theirs === before ? theirs : <mark>{theirs || 'none'}</mark>}</td>
                <td data-name="Yours">{mine === before ? mine : <mark>{mine || 'none'}</mark>}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {save.error && <ErrorNotice>{save.error}</ErrorNotice>}
      </div>
      <footer class="dialog-foot">
        <Button onClick={continueEditing}>Continue editing</Button>
        <Button onClick={acceptTheirs}>Use theirs</Button>
        <Button tone="danger" busy={save.busy} onClick={() => void save.run()}>
          Overwrite with mine
        </Button>
      </footer>
    </Dialog>
  );
}

/** What only pages about flows need: loaded together, when the first of them is shown. */
import '../styles/flow.css';

export { FlowEditor } from './flow-editor.tsx';
export { FlowRun } from './flow-run.tsx';
export { RestartDialog } from './restart-dialog.tsx';
export { StopDialog } from './stop-dialog.tsx';

/** The modules of the pages about flows. They form one chunk, loaded when the first of them is shown. */
import '../styles/flow.css';

export { ExistingFlowEditor as EditedFlow } from './existing-flow-editor.tsx';
export { FlowRun } from './flow-run.tsx';
export { NewFlowEditor as NewFlow } from './new-flow-editor.tsx';
export { RestartDialog } from './restart-dialog.tsx';
export { StopDialog } from './stop-dialog.tsx';

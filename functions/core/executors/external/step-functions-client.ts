/** The part of the client of Step Functions that workers use. It is loaded on first use: few runs are executed there. */
export {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';

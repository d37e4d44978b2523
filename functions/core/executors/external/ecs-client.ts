/** The part of the client of Amazon ECS that workers use. It is loaded on first use: few runs are executed there. */
export {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';

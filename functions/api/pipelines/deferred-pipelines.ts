/** Routes that read definitions of pipelines. The function loads them with the first request to one of them. */
export { getPipeline, listPipelines } from './pipelines.ts';

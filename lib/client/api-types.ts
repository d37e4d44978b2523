/**
 * Types of the HTTP API, generated from its OpenAPI document by `npm run generate:client`.
 */
export interface paths {
    "/api/integrations/jobs/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the pending, processing and failed runs of the organization
         * @description `integrationId` restricts the counts to one integration. Roles: OWNER, ADMIN, MANAGER.
         */
        get: operations["integrationsGetMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/integrations/jobs/minutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the completed and failed runs of the last hour by minute
         * @description Roles: OWNER, ADMIN, MANAGER.
         */
        get: operations["integrationsGetMinutes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/jobs/{jobName}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the statistics of a job
         * @description `queue` counts the runs that exist now; `performance` covers all runs that ended. Roles: system_admin, super_admin.
         */
        get: operations["adminGetJobStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the limits of the tenant in the header and their use
         * @description Roles: super_admin.
         */
        get: operations["adminGetLimits"];
        /**
         * Set limits of the tenant in the header
         * @description Missing limits are unchanged; null restores the deployment’s default. Changes apply everywhere after 30 seconds. Roles: super_admin.
         */
        put: operations["adminPutLimits"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the usage of the tenant in the header by day or month
         * @description Figures are counted as runs end, with a delay of one to two seconds, and kept for 400 days. `from` is the first day of the month by default, `to` is today by default and inclusive; later days are omitted. CSV by `format=csv` or `Accept: text/csv`. Roles: system_admin, super_admin.
         */
        get: operations["adminGetUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description A job is a run of a pipeline. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the checkpoints of a job
         * @description `completed=false` selects failed checkpoints and a checkpoint in progress. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListCheckpoints"];
        put?: never;
        /**
         * Take a checkpoint of a running job
         * @description Responds when the checkpoint is complete. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["pipelinesTakeCheckpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a checkpoint
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetCheckpoint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Pin or unpin a checkpoint
         * @description A pinned checkpoint is kept regardless of the number of newer ones. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        patch: operations["pipelinesPinCheckpoint"];
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the errors of a job
         * @description Returns failed records, errors and warnings. Of more than 5,000 failed records, those at the first positions of the first operators are considered. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the log lines of a job
         * @description Returns lines, newest first. With `after` (a `cursor`, or `start`), returns the lines written since then, oldest first and each once. With `wait` (seconds) and `after` or `since`, responds when a line exists or the job ends. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/metric-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the metrics of a job by operator kind
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetMetricGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the metrics of a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetJobMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/operators/{operator_id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the metrics of an operator
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetOperatorMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the output of a job
         * @description Returns the records that preview sinks and tapped operators keep. With `wait` (seconds), responds when more than `offset` records exist or the job ends. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restart a job
         * @description Starts a job that continues from the newest or the named checkpoint of a job that has ended. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["pipelinesRestartJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a job
         * @description Responds without waiting for the end of the job. Repeating the request can make the stop stronger or earlier, never weaker. A job that is not planned yet is canceled in any mode. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["pipelinesStopJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get metrics for Prometheus
         * @description Returns the number of jobs by state for each pipeline, and the progress of each active job. A pipeline that was created within the last minute may be missing. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List pipelines
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListPipelines"];
        put?: never;
        /**
         * Create a pipeline
         * @description Roles: OWNER, ADMIN.
         */
        post: operations["pipelinesCreatePipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines/{pipeline_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a pipeline
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesGetPipeline"];
        put?: never;
        post?: never;
        /**
         * Delete a pipeline
         * @description Deletes the pipeline and its jobs, and cancels its active jobs. Roles: OWNER, ADMIN.
         */
        delete: operations["pipelinesDeletePipeline"];
        options?: never;
        head?: never;
        /**
         * Update a pipeline
         * @description Omitted fields keep their values. Fields that are `null` take their defaults. Roles: OWNER, ADMIN.
         */
        patch: operations["pipelinesUpdatePipeline"];
        trace?: never;
    };
    "/api/v1/pipelines/{pipeline_id}/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the jobs of a pipeline
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["pipelinesListPipelineJobs"];
        put?: never;
        /**
         * Start a job of a pipeline
         * @description Responds without waiting for the job. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["pipelinesStartPipelineJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate a pipeline
         * @description Reports every error that would prevent the creation of the pipeline. Creates nothing. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        post: operations["pipelinesValidatePipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the records of the audit trail, newest first
         * @description `next` is the value of `before` for older records; null on the last page. `action` is an operation (`deleteJob`) or an action (`define`). `status` is null if the outcome of the request is unknown. Roles: OWNER, ADMIN.
         */
        get: operations["runnerListAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendars": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List calendars
         * @description A tenant may have 100 calendars. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListCalendars"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/calendars/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a calendar
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetCalendar"];
        /**
         * Create or replace a calendar
         * @description A named set of dates that jobs exclude (`exclude_calendars`) or require (`require_calendars`). A change applies to their next runs at once. The body is JSON, or an iCalendar file of the type `text/calendar`. Roles: OWNER, ADMIN.
         */
        put: operations["runnerPutCalendar"];
        post?: never;
        /**
         * Delete a calendar
         * @description A calendar that jobs name is not deleted (409); the error names them. Roles: OWNER, ADMIN.
         */
        delete: operations["runnerDeleteCalendar"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters
         * @description A dead letter is a message that was given up: a tick that created no run, a run that no worker could start or continue, a notification, or the end of a run after which others start (`chain`). Dead letters are kept for 30 days. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        get: operations["runnerListDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a dead letter
         * @description Returns the dead letter with the current state of its run or delivery. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        get: operations["runnerGetDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay dead letters
         * @description Redrives failed runs and missed ticks, at most once each, sends undelivered notifications again, and starts the runs that were to follow another. Repeating the request has no further effect. With `dry_run`, reports the selection and does nothing. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerReplayDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List unacknowledged failed runs
         * @description Returns failed runs, newest first. `group=cause` groups them by job, kind and message, `group=message` by kind and message of any job, largest group first. Groups consist of the newest 5,000 runs. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/failures/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge failed runs
         * @description Acknowledges the runs in `run_ids`, or all failed runs that match the filters, up to 1,000 at once. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerAcknowledgeFailures"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the health of the service
         * @description Needs no token.
         */
        get: operations["runnerHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List hooks
         * @description Lists the hooks without their URLs. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListHooks"];
        put?: never;
        /**
         * Create a hook
         * @description Requests to the URL of a hook start runs of its job, with their body as payload. Senders sign them by `scheme` with `secret`. A tenant may have 100 hooks, one of each `name`. Roles: OWNER, ADMIN.
         */
        post: operations["runnerCreateHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/{hook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a hook
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetHook"];
        put?: never;
        /**
         * Start a run by a hook
         * @description Starts a run with the body as payload. A repeat of a delivery (the same `webhook-id`, `X-GitHub-Delivery`, Stripe event, Slack event or request, or `Idempotency-Key` of the scheme `none`) within 24 hours returns the first run. Needs no bearer token, but the token of a hook in the path.
         */
        post: operations["runnerReceiveHook"];
        /**
         * Delete a hook
         * @description Roles: OWNER, ADMIN.
         */
        delete: operations["runnerDeleteHook"];
        options?: never;
        head?: never;
        /**
         * Change a hook
         * @description Changes the given fields. The scheme cannot be changed: create another hook. A hook gets a name once. Roles: OWNER, ADMIN.
         */
        patch: operations["runnerChangeHook"];
        trace?: never;
    };
    "/hooks/{hook}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a hook a new URL
         * @description The previous URL stays valid for `overlap_s` seconds; 0 ends it at once. A URL before the previous one ends at once. Roles: OWNER, ADMIN.
         */
        post: operations["runnerRotateHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Returns all matching jobs, each with its last run. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListJobs"];
        put?: never;
        /**
         * Create a job
         * @description A job runs a script, an HTTP request or a flow, on a schedule or on demand. Roles: OWNER, ADMIN.
         */
        post: operations["runnerCreateJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetJob"];
        /**
         * Create or replace a job
         * @description Creates the job, or replaces its whole definition: omitted fields take their defaults. Running runs continue. Roles: OWNER, ADMIN.
         */
        put: operations["runnerCreateOrReplaceJob"];
        post?: never;
        /**
         * Delete a job
         * @description Deletes the job and its history, and cancels its active runs. A job after which others start (`after`) is not deleted (409). Roles: OWNER, ADMIN.
         */
        delete: operations["runnerDeleteJob"];
        options?: never;
        head?: never;
        /**
         * Update a job
         * @description Omitted fields keep their values. Fields that are `null` take their defaults. Roles: OWNER, ADMIN.
         */
        patch: operations["runnerUpdateJob"];
        trace?: never;
    };
    "/jobs/{id}/backfills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the backfills of a job
         * @description Ended backfills are kept as long as runs. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListBackfills"];
        put?: never;
        /**
         * Run a job for past ticks
         * @description Starts a run for each tick that the schedule of the job has in a range, also before the job was created: at most 10,000. The runs have the `scheduled_at` of their ticks, share the given input, and do not affect the schedule: the overlap policy does not apply to them. A job may have 10 backfills that have not ended. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerCreateBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/backfills/{backfill}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a backfill with its progress
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetBackfill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/backfills/{backfill}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a backfill
         * @description Starts no further runs, and cancels the active ones within seconds. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerCancelBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/backfills/{backfill}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a backfill
         * @description Starts no further runs. Active runs continue. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerPauseBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/backfills/{backfill}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a paused backfill
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerResumeBackfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable a job
         * @description A disabled job skips its scheduled ticks and cannot be triggered. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerDisableJob"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Disable a job
         * @description A disabled job skips its scheduled ticks and cannot be triggered. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        patch: operations["runnerDisableJobByPatch"];
        trace?: never;
    };
    "/jobs/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerEnableJob"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Enable a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        patch: operations["runnerEnableJobByPatch"];
        trace?: never;
    };
    "/jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause the schedule of a job
         * @description The schedule has no ticks from now until `until`, or until the job is resumed: they have no row and are not missed. Active runs continue, and runs on demand start. Pausing a paused job changes the end of the pause. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerPauseJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume the schedule of a job
         * @description Ends the pause of the job. Has no effect on a job that is not paused. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerResumeJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a job
         * @description Starts a run and waits up to 25 seconds for its end, less if the tenant has used up its request rate, which each second of waiting counts toward. A run that fails is returned with status code 200; its `status` is `error` or `timeout`. With `run_at` or `delay_s`, creates a run that starts later, and returns it at once. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerTriggerJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the runs of a job
         * @description Returns runs and skipped ticks, newest first. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs:batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a job with many inputs
         * @description Starts up to 1,000 runs, one after the other, and returns the result of each without waiting for its end. Each run counts as a request of the tenant. Repeat the inputs with a status of 429 or 503 later: with the same `idempotency_key` an input starts one run. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerTriggerJobBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a run
         * @description Returns the run with its complete output; for an active run, the output so far. With `output_after`, returns only the output after that position. If `output_after` is `null` in the response, another attempt has started and its output is returned from the start. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the start of a delayed run
         * @description Sets another time. A time that has passed starts the run at once. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        patch: operations["runnerMoveRun"];
        trace?: never;
    };
    "/jobs/{id}/runs/{run}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge a failed run
         * @description An acknowledged run stays in the history and leaves the counts of failed runs. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerAcknowledgeRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description Requests the end of the run and waits a few seconds for it. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerCancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/runs/{run}/unacknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Withdraw an acknowledgement
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerUnacknowledgeRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a version of a job
         * @description Returns the definition of the job at the start of a run: a run names its version in `job_version`. The newest 100 versions are kept, each for as long as its runs. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetJobVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate a job
         * @description Reports the errors that would prevent the creation of the job, or its replacement if the id exists, including limits of the tenant. Writes nothing. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        post: operations["runnerValidateJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the limits of the tenant and their use
         * @description `own` lists the limits that the tenant overrides; the others are the deployment’s defaults. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetLimits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redrive failed runs
         * @description Starts a new run for each selected failed run or missed tick, oldest first, at most once each. With `dry_run`, reports the selection and starts nothing. A new run has the input of the run that it repeats, unless `input` replaces parts of it. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerRedrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the runs of all jobs
         * @description Returns runs, newest first, with outputs truncated to their ends. Skipped ticks are listed by `GET /jobs/{id}/runs` only. The list is eventually consistent: a run that was created or changed its state within the last seconds may be missing. A request reads some 20,000 runs: with filters that few runs match, a page may have fewer runs than `limit`, or none, and a `next_cursor` behind which the next request reads on. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListTenantRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the chain of a run
         * @description Returns the whole chain that contains the run, from its first run: each run with those that started because of it, skipped ones included. Outputs are truncated to their ends. A redriven run is beside the run that it repeats; if that one was the first, the redriven run is the first of a tree of its own. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetRunTree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge several failed runs
         * @description Acknowledges the runs in `run_ids`, or the unacknowledged failed runs that match all filters, newest first, up to 1,000 at once. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerAcknowledgeRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count runs over time
         * @description Counts runs by creation time and current status. The default range is the last hour; a range has at most 500 slots. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel several runs
         * @description Cancels the runs in `run_ids`, or the pending and running runs that match all filters, pending ones first, up to 1,000 at once. Does not wait for the end of running ones. With the status `pending` alone, a run that starts meanwhile is skipped. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerCancelRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redrive several failed runs
         * @description As `POST /redrive`, for the failed runs or missed ticks in `run_ids`, or the unacknowledged failed runs that match all filters, oldest first. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["runnerRedriveRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scripts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List scripts
         * @description Lists the scripts of the deployment that jobs can run, by name. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListScripts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signing-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the secret that signs outgoing requests
         * @description Roles: OWNER, ADMIN.
         */
        get: operations["runnerGetSigningSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/signing-secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a new signing secret
         * @description Until `previous_valid_until` requests also carry a signature by the previous secret. Roles: OWNER, ADMIN.
         */
        post: operations["runnerRotateSigningSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the namespaces of the state
         * @description Lists the namespaces that have values, by name: `after` is the last name of the previous page. Namespaces that start with `_` are for scripts alone: they are neither listed nor readable. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListStateNamespaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/state/{namespace}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the values of a namespace
         * @description Lists values by key, those with a prefix if `prefix` is set: `after` is the last key of the previous page. A page may have fewer than `limit` values. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListState"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/state/{namespace}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a value of the state
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetState"];
        /**
         * Set a value of the state
         * @description Stores any JSON value of at most 102400 bytes, for `ttl_s` seconds or without end. Scripts read it as `state.namespace('…').get('…')`, and those of the namespace `default` as `state.get('…')`. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        put: operations["runnerPutState"];
        post?: never;
        /**
         * Delete a value of the state
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        delete: operations["runnerDeleteState"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get counts of jobs and runs
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the health of the service
         * @description Needs no token.
         */
        get: operations["runnerHealthByGet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List targets
         * @description Lists the targets that the team of the platform has declared for the tenant, by name. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerListTargets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the usage of the tenant by day or month
         * @description Figures are counted as runs end, with a delay of one to two seconds, and kept for 400 days. `from` is the first day of the month by default, `to` is today by default and inclusive; later days are omitted. CSV by `format=csv` or `Accept: text/csv`. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["runnerGetUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the API keys
         * @description Roles: OWNER, ADMIN.
         */
        get: operations["flowsListApiKeys"];
        put?: never;
        /**
         * Create an API key
         * @description Its roles may allow no more than the caller’s. Roles: OWNER, ADMIN.
         */
        post: operations["flowsCreateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Roles: OWNER, ADMIN.
         */
        delete: operations["flowsRevokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List flows
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListFlows"];
        put?: never;
        /**
         * Create a flow
         * @description Roles: OWNER, ADMIN.
         */
        post: operations["flowsCreateFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a flow
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsGetFlow"];
        put?: never;
        post?: never;
        /**
         * Delete a flow
         * @description The flow and its jobs are removed at once; active jobs are canceled. Roles: OWNER, ADMIN.
         */
        delete: operations["flowsDeleteFlow"];
        options?: never;
        head?: never;
        /**
         * Change a flow
         * @description Missing fields are unchanged; null restores the default. Roles: OWNER, ADMIN.
         */
        patch: operations["flowsUpdateFlow"];
        trace?: never;
    };
    "/v1/flows/{id}/cursor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the cursors of a flow
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsGetFlowCursors"];
        /**
         * Set cursors of a flow
         * @description Sets the cursors of the named sources, with which the next run begins; null restores the start of the definition. Of an s3 source, both forget which objects were read. A run that has begun is not affected, and does not replace them. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        put: operations["flowsPutFlowCursors"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the errors of a flow
         * @description The failed records of all jobs of the flow, those of the newest job first. A page may have fewer errors than `limit`, or none, and still have a next one. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListFlowErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/errors/{errorId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Edit an error of a flow
         * @description Sets the record that a retry sends, the person who works on the error, or a note. Absent fields are unchanged; null removes an assignment or a note. With `If-Match` only the named revision is changed. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        put: operations["flowsEditFlowError"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/errors/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resolve errors of a flow
         * @description Resolves open errors without a retry. Without ids and filter all of them. One request resolves at most 1,000; if `more` is true, one with the returned `cursor` resolves further ones. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["flowsResolveFlowErrors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/errors/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry errors of a flow
         * @description Starts a job of the flow that sends the open, retryable errors again, each from the operator at which it failed. Without ids and filter all of them. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["flowsRetryFlowErrors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/jobs/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the newest job of a flow
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListLatestJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a flow now
         * @description Does not wait for the end of the run. A repeated request with the same idempotency key returns the current state of the first run. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["flowsRunFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs (runs of flows, and their exports and imports), newest first
         * @description A page has `pageSize` jobs (1,001), plus the jobs created in the same millisecond as the last one; with `page` exactly `pageSize` jobs. Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsGetJob"];
        put?: never;
        post?: never;
        /**
         * Cancel a flow job
         * @description Its exports and imports are canceled with it. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        delete: operations["flowsCancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Cancel a flow job
         * @description Its exports and imports are canceled with it. Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        put: operations["flowsCancelJobByPut"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/joberrors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the records that failed in a job
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListJobErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the default destinations of notifications
         * @description Roles: OWNER, ADMIN.
         */
        get: operations["flowsGetNotifications"];
        /**
         * Replace the default destinations of notifications
         * @description They apply to runs that end or become late from now on. A missing field is treated as null, missing rules as none. Roles: OWNER, ADMIN.
         */
        put: operations["flowsPutNotifications"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of notifications, newest first
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR, MEMBER, system_admin, super_admin.
         */
        get: operations["flowsListDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a pending or abandoned delivery now
         * @description Roles: OWNER, ADMIN, MANAGER, OPERATOR.
         */
        post: operations["flowsRetryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the names of secrets
         * @description Roles: OWNER, ADMIN.
         */
        get: operations["flowsListSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the time at which a secret was set
         * @description Roles: OWNER, ADMIN.
         */
        get: operations["flowsGetSecret"];
        /**
         * Set a secret
         * @description Roles: OWNER, ADMIN.
         */
        put: operations["flowsPutSecret"];
        post?: never;
        /**
         * Delete a secret
         * @description Roles: OWNER, ADMIN.
         */
        delete: operations["flowsDeleteSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AdminError: {
            error: string;
            message: string;
            /** @constant */
            success: false;
            /** Format: date-time */
            timestamp: string;
        };
        AdminJobStats: {
            data: {
                /** Format: date-time */
                generatedAt: string;
                jobName: string;
                performance: {
                    averageExecutionTime: string | null;
                    lastExecutionTime: string | null;
                    successRate: string | null;
                };
                queue: {
                    completed: number;
                    failed: number;
                    pending: number;
                    processing: number;
                };
                recentExecutions: {
                    completedAt: string | null;
                    id: string;
                    itemsProcessed: number;
                    startedAt: string | null;
                    /** @enum {string} */
                    status: "pending" | "processing" | "completed" | "failed" | "canceled";
                }[];
                schedule: {
                    cron: string | null;
                    lastRun: string | null;
                    nextRun: string | null;
                };
                /** @enum {string} */
                status: "disabled" | "running" | "pending" | "idle";
            };
            message: string;
            /** @constant */
            success: true;
            /** Format: date-time */
            timestamp: string;
        };
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            id: string;
            lastUsedAt: string | null;
            name: string;
            roles: ("OWNER" | "ADMIN" | "MANAGER" | "OPERATOR" | "MEMBER" | "system_admin" | "super_admin")[];
        };
        ContainerJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: {
                /** @description Replaces the command of the container. That of its image by default. */
                command?: string[] | null;
                /** @description Variables of the container. They may not refer to secrets, because the API of ECS shows them. */
                env?: {
                    [key: string]: string;
                } | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "container" | null;
            readonly updated_at?: unknown;
        };
        ContainerJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container: {
                /** @description Replaces the command of the container. That of its image by default. */
                command?: string[] | null;
                /** @description Variables of the container. They may not refer to secrets, because the API of ECS shows them. */
                env?: {
                    [key: string]: string;
                } | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "container" | null;
            readonly updated_at?: unknown;
        };
        ContainerJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container: {
                /** @description Replaces the command of the container. That of its image by default. */
                command?: string[] | null;
                /** @description Variables of the container. They may not refer to secrets, because the API of ECS shows them. */
                env?: {
                    [key: string]: string;
                } | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "container" | null;
            readonly updated_at?: unknown;
        };
        CursorPaging: {
            param: string;
            path: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "cursor";
        };
        CursorPagingInput: {
            /** @description Default: "cursor". */
            param?: string | null;
            path: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "cursor";
        };
        Delivery: {
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            deliveredAt: string | null;
            id: string;
            job: string;
            /** @enum {string} */
            kind: "failure" | "success" | "late_start" | "late_finish" | "recovered";
            lastError: string | null;
            nextAttemptAt: string | null;
            /** @description The rule that caused the notification; `null` for the destination of the job. */
            rule: string | null;
            run: string;
            runs: number;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            target: string;
        };
        DynamodbSink: {
            collection: string;
            id: string;
            key: string | null;
            name: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dynamodb";
        };
        DynamodbSinkInput: {
            collection: string;
            id?: string | null;
            key?: string | null;
            name?: string | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "dynamodb";
        };
        EventJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: {
                detail_type: string;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Default: "jobdeck". */
                source?: string | null;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "event" | null;
            readonly updated_at?: unknown;
        };
        EventJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event: {
                detail_type: string;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Default: "jobdeck". */
                source?: string | null;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "event" | null;
            readonly updated_at?: unknown;
        };
        EventJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event: {
                detail_type: string;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Default: "jobdeck". */
                source?: string | null;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "event" | null;
            readonly updated_at?: unknown;
        };
        FilterTransform: {
            id: string;
            name: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "filter";
            where: string;
        };
        FilterTransformInput: {
            id?: string | null;
            name?: string | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "filter";
            where: string;
        };
        FlatMapTransform: {
            id: string;
            name: string;
            tap?: boolean;
            to: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "flatMap";
        };
        FlatMapTransformInput: {
            id?: string | null;
            name?: string | null;
            tap?: boolean | null;
            to: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "flatMap";
        };
        Flow: {
            checkpoints: {
                everySeconds: number | null;
                keep: number;
            };
            /** @enum {string} */
            onError: "continue" | "stop";
            pageSize: number;
            parallelism: number;
            sinks: (components["schemas"]["HttpSink"] | components["schemas"]["S3Sink"] | components["schemas"]["DynamodbSink"] | components["schemas"]["PreviewSink"])[];
            sources: (components["schemas"]["HttpSource"] | components["schemas"]["S3Source"] | components["schemas"]["InlineSource"] | components["schemas"]["GenerateSource"] | components["schemas"]["SqsSource"])[];
            transforms: (components["schemas"]["FilterTransform"] | components["schemas"]["MapTransform"] | components["schemas"]["FlatMapTransform"] | components["schemas"]["LookupTransform"] | components["schemas"]["RouteTransform"])[];
        };
        FlowInput: {
            /** @description Default: {"everySeconds":60,"keep":5}. */
            checkpoints?: {
                /** @description Default: 60. */
                everySeconds?: number | null;
                /** @description Default: 5. */
                keep?: number | null;
            } | null;
            /** @description Default: "continue". */
            onError?: ("continue" | "stop") | null;
            /** @description Default: 100. */
            pageSize?: number | null;
            /** @description Default: 1. */
            parallelism?: number | null;
            sinks: (components["schemas"]["HttpSinkInput"] | components["schemas"]["S3SinkInput"] | components["schemas"]["DynamodbSinkInput"] | components["schemas"]["PreviewSinkInput"])[];
            sources: (components["schemas"]["HttpSourceInput"] | components["schemas"]["S3SourceInput"] | components["schemas"]["InlineSourceInput"] | components["schemas"]["GenerateSourceInput"] | components["schemas"]["SqsSourceInput"])[];
            /** @description Default: []. */
            transforms?: (components["schemas"]["FilterTransformInput"] | components["schemas"]["MapTransformInput"] | components["schemas"]["FlatMapTransformInput"] | components["schemas"]["LookupTransformInput"] | components["schemas"]["RouteTransformInput"])[] | null;
        };
        FlowJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: components["schemas"]["FlowInput"];
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "flow" | null;
            readonly updated_at?: unknown;
        };
        FlowJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow: components["schemas"]["FlowInput"];
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "flow" | null;
            readonly updated_at?: unknown;
        };
        FlowJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow: components["schemas"]["FlowInput"];
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "flow" | null;
            readonly updated_at?: unknown;
        };
        FlowsCursors: {
            /** @description The cursor with which the next run begins, by the id of the source. Sources without `delta` have none. That of an s3 source is the text at the placeholder of its prefix, or the largest key that was read; empty before an object was read. */
            cursors: {
                [key: string]: string;
            };
        };
        FlowsError: {
            _flowJobId: string;
            _id: string;
            assignedTo: string | null;
            /** @description Number of times that the record failed. */
            attempts: number;
            edited: boolean;
            message: string;
            note: string | null;
            /** Format: date-time */
            occurredAt: string;
            operator: string;
            position: {
                index: number;
                page: number;
                split: number;
            };
            /** Format: date-time */
            purgeAt: string;
            /** @description The reason for which the error cannot be retried. */
            reason: string | null;
            /** @description The record, with the changes of an edit; text if the input is not stored whole. */
            record: unknown;
            resolvedAt: string | null;
            /** @description `retry`, or the name of the caller who resolved the error. */
            resolvedBy: string | null;
            retriedAt: string | null;
            retryable: boolean;
            /** @description Number of edits; in quotes the entity tag for `If-Match`. */
            revision: number;
            /** @enum {string} */
            status: "open" | "retrying" | "resolved";
        };
        FlowsErrorResolve: {
            /** @description Cursor of a further request with the same selection; null if `more` is false. */
            cursor: string | null;
            /** @description Number of errors that the request found. */
            matched: number;
            /** @description Further errors may match. */
            more: boolean;
        };
        FlowsErrorRetry: {
            /** @description The job that retries the errors. */
            _jobId: string | null;
            /** @description Number of errors that the request found. */
            matched: number;
            /** @description Further errors may match. */
            more: boolean;
        };
        FlowsErrors: {
            errors: {
                code: string;
                message: string;
            }[];
        };
        FlowsFlow: {
            _id: string;
            _integrationId: string | null;
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            };
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            lastModified: string;
            name: string;
            nextRun: string | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
        };
        FlowsJob: {
            _exportId: string | null;
            _flowId: string;
            _flowJobId: string | null;
            _id: string;
            _importId: string | null;
            _integrationId: string | null;
            canceledBy: string | null;
            /** Format: date-time */
            createdAt: string;
            doneExporting: boolean;
            endedAt: string | null;
            flowExecutionGroupId: string;
            /** Format: date-time */
            lastModified: string;
            message: string | null;
            numError: number;
            numExport: number;
            numIgnore: number;
            numPagesGenerated: number;
            numPagesProcessed: number;
            numSuccess: number;
            /** Format: date-time */
            purgeAt: string;
            startedAt: string | null;
            /** @enum {string} */
            status: "queued" | "running" | "completed" | "failed" | "canceled";
            /** @enum {string} */
            type: "flow" | "export" | "import";
        };
        FlowsJobError: {
            _flowJobId: string;
            _id: string;
            _jobId: string;
            /** Format: date-time */
            createdAt: string;
            message: string;
            operatorId: string;
            position: {
                index: number;
                page: number;
                split: number;
            };
            /** Format: date-time */
            purgeAt: string;
            record: string | null;
            taskIndex: number;
            /** @enum {string} */
            type: "export" | "transform" | "import";
        };
        FlowsListedFlow: {
            _id: string;
            _integrationId: string | null;
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            } | null;
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            lastModified: string;
            name: string;
            nextRun: string | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            /**
             * @description Set on every item of a list that exceeds the size of a response: `args`, `env`, `http`, `flow`, `lambda`, `event`, `queue`, `container`, `stateMachine`, `description` and `schedules` are `null` in every item, and `labels` too if the list is still too long.
             * @constant
             */
            shortened?: true;
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
        };
        FlowsStartedJob: {
            _exportId: string | null;
            _flowId: string;
            _flowJobId: string | null;
            _id: string;
            _importId: string | null;
            _integrationId: string | null;
            _jobId: string;
            canceledBy: string | null;
            /** Format: date-time */
            createdAt: string;
            doneExporting: boolean;
            endedAt: string | null;
            flowExecutionGroupId: string;
            /** Format: date-time */
            lastModified: string;
            message: string | null;
            numError: number;
            numExport: number;
            numIgnore: number;
            numPagesGenerated: number;
            numPagesProcessed: number;
            numSuccess: number;
            /** Format: date-time */
            purgeAt: string;
            startedAt: string | null;
            /** @enum {string} */
            status: "queued" | "running" | "completed" | "failed" | "canceled";
            /** @enum {string} */
            type: "flow" | "export" | "import";
        };
        GenerateSource: {
            count: number;
            id: string;
            name: string;
            rate: number | null;
            seed: number;
            shape: {
                [key: string]: unknown;
            } | null;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "generate";
        };
        GenerateSourceInput: {
            count: number;
            id?: string | null;
            name?: string | null;
            rate?: number | null;
            /** @description Default: 1. */
            seed?: number | null;
            shape?: {
                [key: string]: unknown;
            } | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "generate";
        };
        HttpJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: {
                body?: string | null;
                /** @description Default: {}. */
                headers?: {
                    [key: string]: string;
                } | null;
                method?: ("GET" | "POST" | "PUT" | "PATCH" | "DELETE") | null;
                url: string;
            };
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "http" | null;
            readonly updated_at?: unknown;
        };
        HttpJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http: {
                body?: string | null;
                /** @description Default: {}. */
                headers?: {
                    [key: string]: string;
                } | null;
                method?: ("GET" | "POST" | "PUT" | "PATCH" | "DELETE") | null;
                url: string;
            };
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "http" | null;
            readonly updated_at?: unknown;
        };
        HttpJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http: {
                body?: string | null;
                /** @description Default: {}. */
                headers?: {
                    [key: string]: string;
                } | null;
                method?: ("GET" | "POST" | "PUT" | "PATCH" | "DELETE") | null;
                url: string;
            };
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "http" | null;
            readonly updated_at?: unknown;
        };
        HttpSink: {
            concurrency: number;
            /** @enum {string} */
            format?: "json" | "ndjson";
            headers: {
                [key: string]: string;
            };
            id: string;
            /** @enum {string} */
            method: "POST" | "PUT" | "PATCH";
            /** @enum {string} */
            mode: "batch" | "single";
            name: string;
            requestsPerSecond?: number;
            responseMap?: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "http";
            url: string;
        };
        HttpSinkInput: {
            /** @description Default: 4. */
            concurrency?: number | null;
            format?: ("json" | "ndjson") | null;
            /** @description Default: {}. */
            headers?: {
                [key: string]: string;
            } | null;
            id?: string | null;
            /** @description Default: "POST". */
            method?: ("POST" | "PUT" | "PATCH") | null;
            /** @description Default: "batch". */
            mode?: ("batch" | "single") | null;
            name?: string | null;
            requestsPerSecond?: number | null;
            responseMap?: string | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "http";
            url: string;
        };
        HttpSource: {
            body?: {
                [key: string]: unknown;
            };
            csv?: {
                delimiter?: string;
                /** @enum {string} */
                encoding?: "utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5";
                header?: boolean | string[];
                quote?: string | null;
            };
            delta?: {
                overlapSeconds: number;
                path: string;
                start: string;
            };
            endStatuses?: number[];
            endWhen?: string;
            /** @enum {string} */
            format?: "ndjson" | "json" | "csv";
            headers: {
                [key: string]: string;
            };
            id: string;
            name: string;
            paging: components["schemas"]["NonePaging"] | components["schemas"]["PagePaging"] | components["schemas"]["OffsetPaging"] | components["schemas"]["CursorPaging"] | components["schemas"]["NextUrlPaging"] | components["schemas"]["LinkPaging"];
            records: string | null;
            requestsPerSecond?: number;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "http";
            url: string;
        };
        HttpSourceInput: {
            body?: {
                [key: string]: unknown;
            } | null;
            csv?: {
                delimiter?: string | null;
                encoding?: ("utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5") | null;
                header?: (boolean | string[]) | null;
                quote?: string | null;
            } | null;
            delta?: {
                /** @description Default: 0. */
                overlapSeconds?: number | null;
                path: string;
                start: string;
            } | null;
            endStatuses?: number[] | null;
            endWhen?: string | null;
            format?: ("ndjson" | "json" | "csv") | null;
            /** @description Default: {}. */
            headers?: {
                [key: string]: string;
            } | null;
            id?: string | null;
            name?: string | null;
            /** @description Default: {"type":"none"}. */
            paging?: ((components["schemas"]["NonePagingInput"] | components["schemas"]["PagePagingInput"] | components["schemas"]["OffsetPagingInput"] | components["schemas"]["CursorPagingInput"] | components["schemas"]["NextUrlPagingInput"] | components["schemas"]["LinkPagingInput"]) | ("none" | "page" | "offset" | "link")) | null;
            records?: string | null;
            requestsPerSecond?: number | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "http";
            url: string;
        };
        InlineSource: {
            id: string;
            name: string;
            records: unknown[];
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "inline";
        };
        InlineSourceInput: {
            id?: string | null;
            name?: string | null;
            records: unknown[];
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "inline";
        };
        IntegrationsError: {
            error: string;
            message: string;
            statusCode: number;
        };
        IntegrationsMetrics: {
            failedCount: number;
            lastRunAt: string | null;
            lastRunDurationMs: number | null;
            oldestPendingAgeMs: number | null;
            pendingCount: number;
            processingCount: number;
        };
        IntegrationsMinutes: {
            minutes: {
                error: number;
                /** Format: date-time */
                minute: string;
                ok: number;
            }[];
        };
        JobChange: components["schemas"]["ScriptJobChange"] | components["schemas"]["HttpJobChange"] | components["schemas"]["FlowJobChange"] | components["schemas"]["LambdaJobChange"] | components["schemas"]["EventJobChange"] | components["schemas"]["QueueJobChange"] | components["schemas"]["ContainerJobChange"] | components["schemas"]["StateMachineJobChange"];
        JobInput: components["schemas"]["ScriptJobInput"] | components["schemas"]["HttpJobInput"] | components["schemas"]["FlowJobInput"] | components["schemas"]["LambdaJobInput"] | components["schemas"]["EventJobInput"] | components["schemas"]["QueueJobInput"] | components["schemas"]["ContainerJobInput"] | components["schemas"]["StateMachineJobInput"];
        JobReplacement: components["schemas"]["ScriptJobReplacement"] | components["schemas"]["HttpJobReplacement"] | components["schemas"]["FlowJobReplacement"] | components["schemas"]["LambdaJobReplacement"] | components["schemas"]["EventJobReplacement"] | components["schemas"]["QueueJobReplacement"] | components["schemas"]["ContainerJobReplacement"] | components["schemas"]["StateMachineJobReplacement"];
        LambdaJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: {
                /** @description `sync`: the run ends with the function, whose result is its output. `async`: it ends when Lambda has accepted the event. */
                mode?: ("sync" | "async") | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "lambda" | null;
            readonly updated_at?: unknown;
        };
        LambdaJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda: {
                /** @description `sync`: the run ends with the function, whose result is its output. `async`: it ends when Lambda has accepted the event. */
                mode?: ("sync" | "async") | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "lambda" | null;
            readonly updated_at?: unknown;
        };
        LambdaJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda: {
                /** @description `sync`: the run ends with the function, whose result is its output. `async`: it ends when Lambda has accepted the event. */
                mode?: ("sync" | "async") | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "lambda" | null;
            readonly updated_at?: unknown;
        };
        Limits: {
            limits: {
                computeSecondsPerMonth: number | null;
                concurrentRuns: number;
                concurrentTasks: number;
                delayedRuns: number;
                hostRequestsPerSecond: number;
                jobs: number;
                minIntervalSeconds: number;
                requestBurst: number;
                requestsPerSecond: number;
                retentionDays: number;
                storedBytes: number;
            };
            own: ("concurrentRuns" | "concurrentTasks" | "delayedRuns" | "retentionDays" | "jobs" | "minIntervalSeconds" | "storedBytes" | "computeSecondsPerMonth" | "requestsPerSecond" | "requestBurst" | "hostRequestsPerSecond")[];
            queue: {
                lateFinishes: number;
                lateStarts: number;
                oldestPendingSeconds: number | null;
                pendingRuns: number;
            };
            used: {
                /** @description Seconds of compute time that ended in the current month (UTC). */
                computeSecondsPerMonth: number;
                concurrentRuns: number;
                jobs: number;
                storedBytes: number;
            };
        };
        LinkPaging: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "link";
        };
        LinkPagingInput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "link";
        };
        LookupTransform: {
            as: string;
            from: {
                collection?: string;
                http?: {
                    headers: {
                        [key: string]: string;
                    };
                    path?: string;
                    requestsPerSecond?: number;
                    url: string;
                };
                s3?: {
                    csv?: {
                        delimiter?: string;
                        /** @enum {string} */
                        encoding?: "utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5";
                        header?: boolean | string[];
                        quote?: string | null;
                    };
                    /** @enum {string} */
                    format: "ndjson" | "json" | "csv" | "parquet";
                    key: string;
                    keyField: string;
                };
            };
            id: string;
            key: string;
            name: string;
            /** @enum {string} */
            onMiss: "null" | "error" | "drop";
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "lookup";
        };
        LookupTransformInput: {
            as: string;
            from: {
                collection?: string | null;
                http?: {
                    /** @description Default: {}. */
                    headers?: {
                        [key: string]: string;
                    } | null;
                    path?: string | null;
                    requestsPerSecond?: number | null;
                    url: string;
                } | null;
                s3?: {
                    csv?: {
                        delimiter?: string | null;
                        encoding?: ("utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5") | null;
                        header?: (boolean | string[]) | null;
                        quote?: string | null;
                    } | null;
                    /** @description Default: "ndjson". */
                    format?: ("ndjson" | "json" | "csv" | "parquet") | null;
                    key: string;
                    keyField: string;
                } | null;
            };
            id?: string | null;
            key: string;
            name?: string | null;
            /** @description Default: "null". */
            onMiss?: ("null" | "error" | "drop") | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "lookup";
        };
        MapTransform: {
            id: string;
            name: string;
            tap?: boolean;
            to: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "map";
        };
        MapTransformInput: {
            id?: string | null;
            name?: string | null;
            tap?: boolean | null;
            to: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "map";
        };
        NextUrlPaging: {
            path: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "nextUrl";
        };
        NextUrlPagingInput: {
            path: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "nextUrl";
        };
        NonePaging: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "none";
        };
        NonePagingInput: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "none";
        };
        OffsetPaging: {
            limit: number;
            limitParam: string;
            param: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "offset";
        };
        OffsetPagingInput: {
            /** @description Default: 100. */
            limit?: number | null;
            /** @description Default: "limit". */
            limitParam?: string | null;
            /** @description Default: "offset". */
            param?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "offset";
        };
        PagePaging: {
            param: string;
            size: number | null;
            sizeParam: string | null;
            start: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "page";
        };
        PagePagingInput: {
            /** @description Default: "page". */
            param?: string | null;
            size?: number | null;
            sizeParam?: string | null;
            /** @description Default: 1. */
            start?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "page";
        };
        Pipeline: {
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            };
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            name: string;
            next_run: number | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
            /** @description Epoch milliseconds. */
            updated_at: number;
        };
        PipelinesCheckpoint: {
            /** @constant */
            backend: "s3";
            /** @enum {string} */
            cause: "timer" | "request" | "stop";
            epoch: number;
            finish_time: number | null;
            id: string;
            job_id: string;
            location: string;
            operator_states: {
                operator_id: string;
                operator_name: string;
                /** @description Bytes. */
                state_size: number;
                subtask_states: {
                    state_size: number;
                    subtask_index: number;
                }[];
            }[];
            /** @description Whether the checkpoint is kept regardless of the number of newer ones. */
            pinned: boolean;
            size_bytes: number;
            /** @description Epoch milliseconds. */
            start_time: number;
            /** @enum {string} */
            state: "in_progress" | "completed" | "failed";
        };
        PipelinesCheckpointSummary: {
            /** @enum {string} */
            cause: "timer" | "request" | "stop";
            epoch: number;
            finish_time: number | null;
            id: string;
            job_id: string;
            operator_states: {
                operator_id: string;
                /** @description Bytes. */
                state_size: number;
            }[];
            /** @description Whether the checkpoint is kept regardless of the number of newer ones. */
            pinned: boolean;
            size_bytes: number;
            /** @description Epoch milliseconds. */
            start_time: number;
            /** @enum {string} */
            state: "in_progress" | "completed" | "failed";
        };
        PipelinesError: {
            error: {
                code: string;
                message: string;
            };
        };
        PipelinesJob: {
            /** @description Checkpoint of that job from which this job continues; `null` for the beginning. */
            checkpoint_id: string | null;
            /** @description The flow at the time of planning. */
            configuration: components["schemas"]["Flow"];
            /** @description Epoch milliseconds. */
            created_at: number;
            failure_message: string | null;
            finish_time: number | null;
            id: string;
            metrics: {
                bytes_in: number;
                bytes_out: number;
                /** @description Failed records, each counted once. */
                errors: number;
                /** @description Records read by sources, including invalid ones. */
                records_in: number;
                /** @description Records written by sinks. A record written by two sinks counts twice. */
                records_out: number;
                /** @description Warnings of operators, for example about a retried request. */
                warnings: number;
            };
            parallelism: number;
            pipeline_id: string;
            /** @description Id of the job that this job continues. */
            restarted_from: string | null;
            /** @description Number within the pipeline, starting at 1. Skipped ticks of its schedule have numbers too. */
            run_id: number;
            /** @description Whether the job was started and neither ended nor was asked to stop. */
            running_desired: boolean;
            start_time: number | null;
            /** @enum {string} */
            state: "Created" | "Scheduling" | "Rescaling" | "Running" | "Recovering" | "Stopping" | "Stopped" | "Failed" | "Finished";
            /** @description Number of tasks; 0 before planning. */
            tasks: number;
        };
        PipelinesJobError: {
            details: string | null;
            id: string;
            /** @enum {string} */
            level: "error" | "warning" | "info";
            message: string;
            /** @description `null` for the job as a whole. */
            operator_id: string | null;
            /** @description The record as the operator received it; `null` if the error concerns no record. */
            record: string | null;
            /** @description `null` before planning. */
            task_index: number | null;
            /** @description Epoch milliseconds. */
            timestamp: number;
        };
        PipelinesJobMetrics: {
            /** @description Fraction of the time of all tasks spent waiting for sinks. */
            backpressure: number | null;
            bytes_in: number;
            bytes_out: number;
            /** @description Failed records, each counted once. */
            errors: number;
            /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
            latency_p50: number | null;
            /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
            latency_p95: number | null;
            /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
            latency_p99: number | null;
            /** @description In the order of the flow. */
            operators: {
                /** @description Fraction of its tasks’ time spent waiting for downstream operators; 0 for sinks. */
                backpressure: number | null;
                errors: number;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p50: number | null;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p95: number | null;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p99: number | null;
                operator_id: string;
                operator_name: string;
                records_in: number;
                records_out: number;
                warnings: number;
            }[];
            /** @description Records read by sources, including invalid ones. */
            records_in: number;
            /** @description Records written by sinks. A record written by two sinks counts twice. */
            records_out: number;
            /** @description Records read per second over the last minute. */
            throughput: number;
            /** @description Warnings of operators, for example about a retried request. */
            warnings: number;
        };
        PipelinesJobSummary: {
            /** @description Checkpoint of that job from which this job continues; `null` for the beginning. */
            checkpoint_id: string | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            failure_message: string | null;
            finish_time: number | null;
            id: string;
            pipeline_id: string;
            /** @description Id of the job that this job continues. */
            restarted_from: string | null;
            /** @description Number within the pipeline, starting at 1. Skipped ticks of its schedule have numbers too. */
            run_id: number;
            /** @description Whether the job was started and neither ended nor was asked to stop. */
            running_desired: boolean;
            start_time: number | null;
            /** @enum {string} */
            state: "Created" | "Scheduling" | "Rescaling" | "Running" | "Recovering" | "Stopping" | "Stopped" | "Failed" | "Finished";
            /** @description Number of tasks; 0 before planning. */
            tasks: number;
        };
        PipelinesListedPipeline: {
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            } | null;
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            name: string;
            next_run: number | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            /**
             * @description Set on every item of a list that exceeds the size of a response: `args`, `env`, `http`, `flow`, `lambda`, `event`, `queue`, `container`, `stateMachine`, `description` and `schedules` are `null` in every item, and `labels` too if the list is still too long.
             * @constant
             */
            shortened?: true;
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
            /** @description Epoch milliseconds. */
            updated_at: number;
        };
        PipelinesLogLine: {
            details: {
                [key: string]: unknown;
            };
            id: string;
            /** @enum {string} */
            level: "info" | "warn" | "error";
            message: string;
            /** @description `null` for the job as a whole. */
            operator_id: string | null;
            /** @description `null` for planning. */
            task_index: number | null;
            /** @description Epoch milliseconds. */
            timestamp: number;
        };
        PipelinesMetricGroups: {
            sinks: {
                /** @description Operator ids. */
                operators: string[];
                /** @description Records per second that passed all sinks over the last minute. */
                throughput: number;
                /** @description Records written. */
                total_records: number;
            };
            sources: {
                /** @description Operator ids. */
                operators: string[];
                /** @description Records read per second over the last minute. */
                throughput: number;
                /** @description Records read. */
                total_records: number;
            };
            transforms: {
                /** @description Operator ids. */
                operators: string[];
                /** @description Records emitted by the last transform; 0 without transforms. */
                total_records: number;
            };
        };
        PipelinesOperatorMetrics: {
            metrics: {
                /** @description Fraction of its tasks’ time spent waiting for downstream operators; 0 for sinks. */
                backpressure: number | null;
                bytes_in: number;
                bytes_out: number;
                errors: number;
                /** @description Percentage of its tasks’ time spent waiting for sources. */
                idle_time_percent: number | null;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p50: number | null;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p95: number | null;
                /** @description Milliseconds, accurate to 2 %; `null` before the first measurement. */
                latency_p99: number | null;
                records_in: number;
                records_out: number;
                warnings: number;
            };
            operator_id: string;
            operator_name: string;
            subtask_metrics: {
                bytes_in: number;
                bytes_out: number;
                errors: number;
                records_in: number;
                records_out: number;
                /** @description Index of the task within the job. */
                subtask_index: number;
                warnings: number;
            }[];
            /** @description Tasks that run the operator; for a source, the tasks that read it. */
            subtasks: number;
        };
        PreviewSink: {
            id: string;
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "preview";
        };
        PreviewSinkInput: {
            id?: string | null;
            name?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "preview";
        };
        QueueJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: {
                /** @description Message group of the tenant: SQS receives `<tenant>#<group>`. In a FIFO queue the id of the job by default. */
                group?: string | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "queue" | null;
            readonly updated_at?: unknown;
        };
        QueueJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue: {
                /** @description Message group of the tenant: SQS receives `<tenant>#<group>`. In a FIFO queue the id of the job by default. */
                group?: string | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "queue" | null;
            readonly updated_at?: unknown;
        };
        QueueJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue: {
                /** @description Message group of the tenant: SQS receives `<tenant>#<group>`. In a FIFO queue the id of the job by default. */
                group?: string | null;
                /** @description Any JSON value: the payload of runs without one of their own. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "queue" | null;
            readonly updated_at?: unknown;
        };
        RouteTransform: {
            id: string;
            /** @enum {string} */
            mode: "first" | "all";
            name: string;
            otherwise: string[];
            routes: {
                to: string[];
                when: string;
            }[];
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "route";
        };
        RouteTransformInput: {
            id?: string | null;
            /** @description Default: "first". */
            mode?: ("first" | "all") | null;
            name?: string | null;
            /** @description Default: []. */
            otherwise?: string[] | null;
            routes: {
                to: string[];
                when: string;
            }[];
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "route";
        };
        RunnerAttempt: {
            attempt: number;
            duration_ms: number | null;
            execution_ms: number | null;
            exit_code: number | null;
            finished_at: string | null;
            job_version: number | null;
            output_truncated: boolean;
            /** @description Failure message; `null` unless the attempt failed. */
            reason: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "ok" | "error" | "timeout" | "canceled" | "running";
            /** @description The last lines of the output. */
            stderr: string;
            /** @description The last lines of the output. */
            stdout: string;
        };
        RunnerBackfill: {
            /** @description Runs that have started, or are about to, and have not ended. */
            active: number;
            canceled: number;
            canceled_by: string | null;
            /**
             * @description `catch_up`: the job makes up missed ticks (`catch_up` of the job).
             * @enum {string}
             */
            cause: "request" | "catch_up";
            concurrency: number;
            /** Format: date-time */
            created_at: string;
            /** @description `null` for a catch-up. */
            created_by: string | null;
            /** @description Runs that completed. */
            done: number;
            failed: number;
            /** @description When the last run ended, or the backfill was canceled. */
            finished_at: string | null;
            /** Format: date-time */
            from: string;
            id: string;
            job_id: string;
            note: string | null;
            /** @enum {string} */
            order: "asc" | "desc";
            /** @description Ticks of a catch-up that had a row without a run. */
            skipped: number;
            /** @enum {string} */
            state: "running" | "paused" | "completed" | "canceled";
            tags: string[];
            /** Format: date-time */
            to: string;
            /** @description Ticks of the range. */
            total: number;
        };
        RunnerBatchItem: {
            error: string | null;
            run_id: string | null;
            /** @description The status code that a trigger with this input alone would have: 202 for a started run. */
            status: number;
        };
        RunnerBulkResult: {
            /** @description Runs that were not skipped. */
            changed: number;
            dry_run: boolean;
            /** @description Upper bound for the runs that remain for another request. */
            left: number;
            /** @description The outcome of each run that the request processed. */
            runs: components["schemas"]["RunnerBulkRun"][];
        };
        RunnerBulkRun: {
            /** @description The run that repeats a redriven one. */
            new_run_id: string | null;
            /**
             * @description `stopping`: a running run was asked to end. In a dry run, the outcome that is expected.
             * @enum {string}
             */
            outcome: "canceled" | "stopping" | "acknowledged" | "started" | "skipped";
            /** @description Why the run was skipped; otherwise `null`. */
            reason: string | null;
            run_id: string;
        };
        RunnerCalendar: {
            /** @description Number of dates. */
            count: number;
            /** Format: date-time */
            created_at: string;
            /** @description The dates, ascending. */
            dates: string[];
            /** @description The calendar has no date from today on (UTC). */
            expired: boolean;
            first_date: string | null;
            /** @description The ids of the jobs that name the calendar. */
            jobs: string[];
            /** @description The last date: jobs see no date of the calendar afterwards. */
            last_date: string | null;
            name: string;
            /** Format: date-time */
            updated_at: string;
        };
        RunnerCause: {
            cause: string;
            count: number;
            job_id: string;
            /** @enum {string} */
            kind: "error" | "timeout" | "lost";
            /** @description Failure message of the newest run. */
            message: string;
            /** @description Failure time of the newest run. */
            newest: string | null;
            /** @description Failure time of the oldest run. */
            oldest: string | null;
            /** @description The ten newest runs. */
            run_ids: string[];
        };
        RunnerDeadLetter: {
            cause: string;
            delivery_id: string | null;
            /**
             * Format: date-time
             * @description When the message became a dead letter.
             */
            given_up_at: string;
            id: string;
            job_id: string;
            /** @enum {string} */
            kind: "tick" | "run" | "notification" | "chain";
            run_id: string;
            scheduled_at: string | null;
            /**
             * Format: date-time
             * @description When the message was sent.
             */
            sent_at: string;
            task: number | null;
        };
        RunnerDeadLetterNow: {
            cause: string;
            delivery_id: string | null;
            /**
             * Format: date-time
             * @description When the message became a dead letter.
             */
            given_up_at: string;
            id: string;
            job_id: string;
            /** @enum {string} */
            kind: "tick" | "run" | "notification" | "chain";
            run_id: string;
            scheduled_at: string | null;
            /**
             * Format: date-time
             * @description When the message was sent.
             */
            sent_at: string;
            /** @description Current state of the run or delivery; `null` if it no longer exists. */
            state: string | null;
            task: number | null;
        };
        RunnerError: {
            error: string;
        };
        RunnerFailureMessage: {
            count: number;
            job_count: number;
            /** @description The ten jobs with the most of these runs. */
            jobs: {
                cause: string;
                count: number;
                job_id: string;
            }[];
            /** @enum {string} */
            kind: "error" | "timeout" | "lost";
            /** @description Failure message of the newest run. */
            message: string;
            message_id: string;
            /** @description Failure time of the newest run. */
            newest: string | null;
            /** @description Failure time of the oldest run. */
            oldest: string | null;
            /** @description The ten newest runs. */
            run_ids: string[];
        };
        RunnerHook: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            description: string | null;
            enabled: boolean;
            /** @description Whether the hook has a secret with which senders sign requests. */
            has_secret: boolean;
            id: string;
            /** @description The job whose runs the hook starts. */
            job: string;
            /** @description The project whose code declares the hook. */
            managed_by: string | null;
            /** @description The name by which code refers to the hook. */
            name: string | null;
            /** @description Until when the URL before the last rotation is valid. */
            previous_valid_until: string | null;
            /** @enum {string} */
            scheme: "none" | "standard" | "github" | "stripe" | "slack";
        };
        RunnerHookWithUrl: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            description: string | null;
            enabled: boolean;
            /** @description Whether the hook has a secret with which senders sign requests. */
            has_secret: boolean;
            id: string;
            /** @description The job whose runs the hook starts. */
            job: string;
            /** @description The project whose code declares the hook. */
            managed_by: string | null;
            /** @description The name by which code refers to the hook. */
            name: string | null;
            /** @description Until when the URL before the last rotation is valid. */
            previous_valid_until: string | null;
            /** @enum {string} */
            scheme: "none" | "standard" | "github" | "stripe" | "slack";
            /** @description The URL of the hook with its token. No other response contains it. */
            url: string;
        };
        RunnerJob: {
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            };
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            name: string;
            next_run: string | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            /** @description The schedule has no ticks now; runs on demand start. */
            paused: boolean;
            /** @description End of the pause; `null` for a job that is not paused, or paused until it is resumed. */
            paused_until: string | null;
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            /** @description State of the schedule in EventBridge Scheduler; `null` until it is known. */
            registration: {
                error: string | null;
                /** @enum {string} */
                status: "registered" | "none" | "failed";
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
            /** Format: date-time */
            updated_at: string;
        };
        RunnerJobVersion: {
            /** @description Whether this is the current version of the job. */
            current: boolean;
            definition: {
                /** @description The upstream runs after which a run starts. */
                after: {
                    jobs: {
                        job: string;
                        /** @enum {string} */
                        on: "success" | "failure" | "end";
                    }[];
                    /** @enum {string} */
                    mode: "all" | "any";
                    within_s: number | null;
                } | null;
                args: string[] | null;
                /** @enum {string} */
                catch_up: "none" | "last" | "all";
                catch_up_limit: number;
                catch_up_window_s: number;
                /** @description The limit of active runs with the same key value. */
                concurrency: {
                    group: string | null;
                    key: string | null;
                    limit: number;
                } | null;
                /** @description The task of Amazon ECS that runs start. */
                container: {
                    command: string[] | null;
                    env: {
                        [key: string]: string;
                    };
                    payload: unknown;
                    target: string;
                } | null;
                description: string | null;
                /** @enum {number} */
                enabled: 0 | 1;
                end_at: string | null;
                env: {
                    [key: string]: string;
                } | null;
                /** @description The event that runs put on an event bus of the team. */
                event: {
                    detail_type: string;
                    payload: unknown;
                    source: string;
                    target: string;
                } | null;
                exclude_calendars: string[];
                expires_in_s: number | null;
                finish_grace_s: number;
                flow: components["schemas"]["Flow"] | null;
                http: {
                    body: string | null;
                    headers: {
                        [key: string]: string;
                    };
                    /** @enum {string} */
                    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                    url: string;
                } | null;
                id: string;
                integration_id: string | null;
                jitter_seconds: number;
                labels: {
                    [key: string]: string;
                };
                /** @description The function of the team that runs invoke. */
                lambda: {
                    /** @enum {string} */
                    mode: "sync" | "async";
                    payload: unknown;
                    target: string;
                } | null;
                name: string;
                on_failure: string | null;
                on_late: string | null;
                on_success: string | null;
                /** @enum {string} */
                overlap_policy: "skip" | "queue" | "allow" | "replace";
                priority: number;
                /** @description The message that runs send to a queue of the team. */
                queue: {
                    group: string | null;
                    payload: unknown;
                    target: string;
                } | null;
                require_calendars: string[];
                retry: {
                    attempts: number;
                    /** @enum {string} */
                    backoff: "exponential" | "fixed";
                    delay_seconds: number;
                    max_delay_seconds: number;
                };
                schedule: string | null;
                /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
                schedules: {
                    payload: unknown;
                    schedule: string;
                    timezone: string;
                }[] | null;
                script: string | null;
                searchable: string[];
                start_at: string | null;
                start_grace_s: number;
                /** @description The state machine of Step Functions that runs execute. */
                stateMachine: {
                    payload: unknown;
                    target: string;
                } | null;
                tags: string[];
                /** @description The limit of starts of runs with the same key value. */
                throttle: {
                    group: string | null;
                    key: string | null;
                    limit: number;
                    per_s: number;
                } | null;
                timeout_ms: number | null;
                timezone: string;
                /** @enum {string} */
                type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
            };
            /**
             * Format: date-time
             * @description When the version was created.
             */
            updated_at: string;
            version: number;
        };
        RunnerListedCalendar: {
            /** @description Number of dates. */
            count: number;
            /** Format: date-time */
            created_at: string;
            /** @description The calendar has no date from today on (UTC). */
            expired: boolean;
            first_date: string | null;
            /** @description The last date: jobs see no date of the calendar afterwards. */
            last_date: string | null;
            name: string;
            /** Format: date-time */
            updated_at: string;
        };
        RunnerListedJob: {
            /** @description The upstream runs after which a run starts. */
            after: {
                jobs: {
                    job: string;
                    /** @enum {string} */
                    on: "success" | "failure" | "end";
                }[];
                /** @enum {string} */
                mode: "all" | "any";
                within_s: number | null;
            } | null;
            args: string[] | null;
            /** @enum {string} */
            catch_up: "none" | "last" | "all";
            catch_up_limit: number;
            catch_up_window_s: number;
            /** @description The limit of active runs with the same key value. */
            concurrency: {
                group: string | null;
                key: string | null;
                limit: number;
            } | null;
            /** @description The task of Amazon ECS that runs start. */
            container: {
                command: string[] | null;
                env: {
                    [key: string]: string;
                };
                payload: unknown;
                target: string;
            } | null;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @enum {number} */
            enabled: 0 | 1;
            end_at: string | null;
            env: {
                [key: string]: string;
            } | null;
            /** @description The event that runs put on an event bus of the team. */
            event: {
                detail_type: string;
                payload: unknown;
                source: string;
                target: string;
            } | null;
            exclude_calendars: string[];
            expires_in_s: number | null;
            finish_grace_s: number;
            flow: components["schemas"]["Flow"] | null;
            http: {
                body: string | null;
                headers: {
                    [key: string]: string;
                };
                /** @enum {string} */
                method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                url: string;
            } | null;
            id: string;
            integration_id: string | null;
            jitter_seconds: number;
            labels: {
                [key: string]: string;
            } | null;
            /** @description The function of the team that runs invoke. */
            lambda: {
                /** @enum {string} */
                mode: "sync" | "async";
                payload: unknown;
                target: string;
            } | null;
            /** @description `started_at` of the last run. */
            last_run: string | null;
            last_status: ("ok" | "error" | "timeout" | "canceled" | "skipped" | "running" | "pending") | null;
            name: string;
            next_run: string | null;
            on_failure: string | null;
            on_late: string | null;
            on_success: string | null;
            /** @enum {string} */
            overlap_policy: "skip" | "queue" | "allow" | "replace";
            /** @description The schedule has no ticks now; runs on demand start. */
            paused: boolean;
            /** @description End of the pause; `null` for a job that is not paused, or paused until it is resumed. */
            paused_until: string | null;
            priority: number;
            /** @description The message that runs send to a queue of the team. */
            queue: {
                group: string | null;
                payload: unknown;
                target: string;
            } | null;
            /** @description State of the schedule in EventBridge Scheduler; `null` until it is known. */
            registration: {
                error: string | null;
                /** @enum {string} */
                status: "registered" | "none" | "failed";
            } | null;
            require_calendars: string[];
            retry: {
                attempts: number;
                /** @enum {string} */
                backoff: "exponential" | "fixed";
                delay_seconds: number;
                max_delay_seconds: number;
            };
            schedule: string | null;
            /** @description The schedules of a job that has several; `schedule` and `timezone` show the first of them. */
            schedules: {
                payload: unknown;
                schedule: string;
                timezone: string;
            }[] | null;
            script: string | null;
            searchable: string[];
            /**
             * @description Set on every item of a list that exceeds the size of a response: `args`, `env`, `http`, `flow`, `lambda`, `event`, `queue`, `container`, `stateMachine`, `description` and `schedules` are `null` in every item, and `labels` too if the list is still too long.
             * @constant
             */
            shortened?: true;
            start_at: string | null;
            start_grace_s: number;
            /** @description The state machine of Step Functions that runs execute. */
            stateMachine: {
                payload: unknown;
                target: string;
            } | null;
            tags: string[];
            /** @description The limit of starts of runs with the same key value. */
            throttle: {
                group: string | null;
                key: string | null;
                limit: number;
                per_s: number;
            } | null;
            timeout_ms: number | null;
            timezone: string;
            /** @enum {string} */
            type: "script" | "http" | "flow" | "lambda" | "event" | "queue" | "container" | "stateMachine";
            /** Format: date-time */
            updated_at: string;
        };
        RunnerPausedJob: {
            /** @constant */
            ok: true;
            paused: boolean;
            /** @description End of the pause; `null` until the job is resumed. */
            paused_until: string | null;
        };
        RunnerResult: {
            /** @description `finished_at` − `started_at`, including waits between attempts. */
            duration_ms: number | null;
            /** @description Failure message; `null` unless the run failed. */
            error: string | null;
            /** @description Exit code of the script or container; `null` for other job types and after a timeout. */
            exit_code: number | null;
            /** @description Whether more output is stored than this response shows. */
            output_truncated: boolean;
            /** @description Why the run was skipped, failed, was canceled or is waiting; `null` in any other case. */
            reason: string | null;
            run_id: string;
            /** @enum {string} */
            status: "ok" | "error" | "timeout" | "canceled" | "skipped" | "running" | "pending";
            stderr: string;
            stdout: string;
        };
        RunnerRun: {
            acknowledged_at: string | null;
            acknowledged_by: string | null;
            acknowledged_note: string | null;
            /** @description The arguments of the trigger; `null` for those of the job. */
            args: string[] | null;
            attempt: number;
            /** @description Id of the backfill to which the run belongs. */
            backfill_id: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description `finished_at` − `started_at`, including waits between attempts. */
            duration_ms: number | null;
            /** @description The variables that the trigger added to those of the job. */
            env: {
                [key: string]: string;
            } | null;
            /** @description Failure message; `null` unless the run failed. */
            error: string | null;
            /** @description The execution of the last attempt by ECS or Step Functions; `null` for other job types. */
            execution: {
                /**
                 * Format: date-time
                 * @description When the execution is stopped.
                 */
                deadline_at: string;
                /** @description Id of the task, or name of the execution; `null` until its start is confirmed. */
                reference: string | null;
                target: string;
            } | null;
            /** @description Milliseconds that the script or request of the last attempt took; `null` for flows, containers, state machines and lost runs. */
            execution_ms: number | null;
            /** @description Exit code of the script or container; `null` for other job types and after a timeout. */
            exit_code: number | null;
            /** @description When the run is canceled if it has not started; `null` for never. */
            expires_at: string | null;
            finished_at: string | null;
            /** @description Number of the run within the job. Paths take `run_id`. */
            id: number;
            /** @description Whether `payload`, `args` and `env` are too large for a list; `GET /jobs/{id}/runs/{run}` returns them. */
            input_omitted: boolean;
            items_processed: number;
            job_id: string;
            /** @description Version of the job at the start of the last attempt; see `GET /jobs/{id}/versions/{version}`. */
            job_version: number | null;
            /** @description When the platform detected that the run did not finish in time. */
            late_finish_at: string | null;
            /** @description When the platform detected that the run did not start in time. */
            late_start_at: string | null;
            meta: {
                [key: string]: unknown;
            } | null;
            /** @description The note of the trigger. */
            note: string | null;
            /** @description Whether more output is stored than this response shows. */
            output_truncated: boolean;
            /** @description `run_id` of the upstream run after which this run started, or of the run whose script started it; otherwise `null`. */
            parent_run_id: string | null;
            /** @description The payload of the trigger, any JSON value; `null` without one. */
            payload: unknown;
            /** @description 1 is the most urgent; `null` for a skipped tick, which is not a run. */
            priority: number | null;
            /** @description Why the run was skipped, failed, was canceled or is waiting; `null` in any other case. */
            reason: string | null;
            /** @description `run_id` of the failed run or missed tick that this run repeats. */
            redriven_from: string | null;
            /** @description When a delayed run starts, or started; `null` for a run that was not delayed. */
            run_at: string | null;
            run_id: string;
            scheduled_at: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "ok" | "error" | "timeout" | "canceled" | "skipped" | "running" | "pending";
            stderr: string;
            /** @description The last 1,000 bytes of `stderr`. */
            stderr_tail: string;
            stdout: string;
            /** @description The last 1,000 bytes of `stdout`. */
            stdout_tail: string;
            /** @description The tags of the trigger. */
            tags: string[];
            /**
             * @description `after`: the end of upstream runs.
             * @enum {string}
             */
            trigger: "schedule" | "manual" | "restart" | "after";
        };
        RunnerRunTree: {
            children: components["schemas"]["RunnerRunTree"][];
            run: components["schemas"]["RunnerRun"];
        };
        RunnerRunWithOutput: {
            acknowledged_at: string | null;
            acknowledged_by: string | null;
            acknowledged_note: string | null;
            /** @description The arguments of the trigger; `null` for those of the job. */
            args: string[] | null;
            attempt: number;
            /** @description All attempts, oldest first. */
            attempts: components["schemas"]["RunnerAttempt"][];
            /** @description Id of the backfill to which the run belongs. */
            backfill_id: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description `finished_at` − `started_at`, including waits between attempts. */
            duration_ms: number | null;
            /** @description The variables that the trigger added to those of the job. */
            env: {
                [key: string]: string;
            } | null;
            /** @description Failure message; `null` unless the run failed. */
            error: string | null;
            /** @description The execution of the last attempt by ECS or Step Functions; `null` for other job types. */
            execution: {
                /**
                 * Format: date-time
                 * @description When the execution is stopped.
                 */
                deadline_at: string;
                /** @description Id of the task, or name of the execution; `null` until its start is confirmed. */
                reference: string | null;
                target: string;
            } | null;
            /** @description Milliseconds that the script or request of the last attempt took; `null` for flows, containers, state machines and lost runs. */
            execution_ms: number | null;
            /** @description Exit code of the script or container; `null` for other job types and after a timeout. */
            exit_code: number | null;
            /** @description When the run is canceled if it has not started; `null` for never. */
            expires_at: string | null;
            finished_at: string | null;
            /** @description Number of the run within the job. Paths take `run_id`. */
            id: number;
            /** @description Whether `payload`, `args` and `env` are too large for a list; `GET /jobs/{id}/runs/{run}` returns them. */
            input_omitted: boolean;
            items_processed: number;
            job_id: string;
            /** @description Version of the job at the start of the last attempt; see `GET /jobs/{id}/versions/{version}`. */
            job_version: number | null;
            /** @description When the platform detected that the run did not finish in time. */
            late_finish_at: string | null;
            /** @description When the platform detected that the run did not start in time. */
            late_start_at: string | null;
            meta: {
                [key: string]: unknown;
            } | null;
            /** @description The note of the trigger. */
            note: string | null;
            /** @description The position at which `stdout` and `stderr` start; `null` if they are complete. */
            output_after?: string | null;
            /** @description The position after the output: the value of the query parameter `output_after` for later output. */
            output_next?: string;
            /** @description Whether more output is stored than this response shows. */
            output_truncated: boolean;
            /** @description `run_id` of the upstream run after which this run started, or of the run whose script started it; otherwise `null`. */
            parent_run_id: string | null;
            /** @description The payload of the trigger, any JSON value; `null` without one. */
            payload: unknown;
            /** @description 1 is the most urgent; `null` for a skipped tick, which is not a run. */
            priority: number | null;
            /** @description Why the run was skipped, failed, was canceled or is waiting; `null` in any other case. */
            reason: string | null;
            /** @description `run_id` of the failed run or missed tick that this run repeats. */
            redriven_from: string | null;
            /** @description When a delayed run starts, or started; `null` for a run that was not delayed. */
            run_at: string | null;
            run_id: string;
            scheduled_at: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "ok" | "error" | "timeout" | "canceled" | "skipped" | "running" | "pending";
            stderr: string;
            /** @description The last 1,000 bytes of `stderr`. */
            stderr_tail: string;
            stdout: string;
            /** @description The last 1,000 bytes of `stdout`. */
            stdout_tail: string;
            /** @description The tags of the trigger. */
            tags: string[];
            /**
             * @description `after`: the end of upstream runs.
             * @enum {string}
             */
            trigger: "schedule" | "manual" | "restart" | "after";
        };
        RunnerScript: {
            description: string | null;
            /** @description The `script` of a job. */
            name: string;
            /** @description Form of the arguments, such as `<day> [size]`. */
            usage: string | null;
        };
        RunnerSlot: {
            canceled: number;
            /** @description Includes timeouts. */
            failed: number;
            ok: number;
            pending: number;
            running: number;
            /** Format: date-time */
            start: string;
        };
        RunnerStateEntry: {
            expires_at: string | null;
            key: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Any JSON value. */
            value: unknown;
        };
        RunnerStoredCalendar: {
            /** @description `false` if the calendar had these dates already. */
            changed: boolean;
            count: number;
            last_date: string | null;
            name: string;
            /** @constant */
            ok: true;
        };
        RunnerStoredJob: {
            /** @description `false` if the job had this definition already: its version stays. */
            changed: boolean;
            id: string;
            /** @constant */
            ok: true;
            version: number;
        };
        RunnerTarget: {
            /** @description The `target` of a job. */
            name: string;
            /**
             * @description The type of the jobs that may name the target.
             * @enum {string}
             */
            type: "lambda" | "event" | "queue" | "container" | "stateMachine";
        };
        RunnerValidation: {
            /** @description The next fires of the schedule; none for a job that is disabled or on demand. */
            next_runs: string[];
            /** @constant */
            valid: true;
        } | {
            errors: {
                field: string;
                message: string;
                /** @description Index of the offending character in an expression. */
                position?: number;
            }[];
            /** @constant */
            valid: false;
        };
        S3Sink: {
            columns?: {
                name: string;
                required?: boolean;
                type: string;
            }[];
            /** @enum {string} */
            compression?: "none" | "gzip" | "zstd";
            csv?: {
                delimiter?: string;
                /** @enum {string} */
                encoding?: "utf-8" | "utf-16" | "utf-16le" | "latin1";
                header?: boolean | string[];
                quote?: string | null;
            };
            /** @enum {string} */
            format: "ndjson" | "json" | "csv" | "parquet";
            id: string;
            key: string;
            name: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "s3";
        };
        S3SinkInput: {
            columns?: {
                name: string;
                required?: boolean | null;
                type: string;
            }[] | null;
            compression?: ("none" | "gzip" | "zstd") | null;
            csv?: {
                delimiter?: string | null;
                encoding?: ("utf-8" | "utf-16" | "utf-16le" | "latin1") | null;
                header?: (boolean | string[]) | null;
                quote?: string | null;
            } | null;
            /** @description Default: "ndjson". */
            format?: ("ndjson" | "json" | "csv" | "parquet") | null;
            id?: string | null;
            key: string;
            name?: string | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "s3";
        };
        S3Source: {
            afterwards?: {
                move?: string;
                tag?: {
                    [key: string]: string;
                };
            };
            /** @enum {string} */
            compression?: "none" | "gzip" | "zstd";
            csv?: {
                delimiter?: string;
                /** @enum {string} */
                encoding?: "utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5";
                header?: boolean | string[];
                quote?: string | null;
            };
            delimiter?: string;
            delta?: {
                /** @constant */
                by: "object";
                start?: string;
            };
            /** @enum {string} */
            format: "ndjson" | "json" | "csv" | "parquet";
            id: string;
            name: string;
            prefix: string;
            records?: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "s3";
        };
        S3SourceInput: {
            afterwards?: {
                move?: string | null;
                tag?: {
                    [key: string]: string;
                } | null;
            } | null;
            compression?: ("none" | "gzip" | "zstd") | null;
            csv?: {
                delimiter?: string | null;
                encoding?: ("utf-8" | "utf-16" | "utf-16le" | "utf-16be" | "latin1" | "windows-1252" | "iso-8859-2" | "iso-8859-15" | "windows-1251" | "shift_jis" | "euc-jp" | "euc-kr" | "gb18030" | "big5") | null;
                header?: (boolean | string[]) | null;
                quote?: string | null;
            } | null;
            delimiter?: string | null;
            delta?: {
                /** @constant */
                by: "object";
                start?: string | null;
            } | null;
            /** @description Default: "ndjson". */
            format?: ("ndjson" | "json" | "csv" | "parquet") | null;
            id?: string | null;
            name?: string | null;
            prefix: string;
            records?: string | null;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "s3";
        };
        ScriptJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: string[] | null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: {
                [key: string]: string;
            } | null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: string;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "script" | null;
            readonly updated_at?: unknown;
        };
        ScriptJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: string[] | null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: {
                [key: string]: string;
            } | null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script: string;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "script" | null;
            readonly updated_at?: unknown;
        };
        ScriptJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: string[] | null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: {
                [key: string]: string;
            } | null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 3600. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script: string;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: null;
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 300000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "script" | null;
            readonly updated_at?: unknown;
        };
        Secret: {
            name: string;
            /** Format: date-time */
            updatedAt: string;
        };
        SqsSource: {
            id: string;
            name: string;
            queue: string;
            tap?: boolean;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "sqs";
        };
        SqsSourceInput: {
            id?: string | null;
            name?: string | null;
            queue: string;
            tap?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "sqs";
        };
        StateMachineJobChange: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name?: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine?: {
                /** @description An object: the input of runs without a payload of their own. The field `jobdeck` names the run. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "stateMachine" | null;
            readonly updated_at?: unknown;
        };
        StateMachineJobInput: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine: {
                /** @description An object: the input of runs without a payload of their own. The field `jobdeck` names the run. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "stateMachine" | null;
            readonly updated_at?: unknown;
        };
        StateMachineJobReplacement: {
            readonly _id?: unknown;
            readonly _integrationId?: unknown;
            after?: {
                jobs: {
                    job: string;
                    /** @description Default: "success". */
                    on?: ("success" | "failure" | "end") | null;
                }[];
                /** @description Default: "all". */
                mode?: ("all" | "any") | null;
                within_s?: number | null;
            } | null;
            args?: null;
            /** @description What is done about ticks that were missed by an outage, or while the job was paused or disabled. `none`: they are recorded as missed. `last`: the newest of them runs. `all`: they run one after the other. The overlap policy does not apply to these runs. */
            catch_up?: ("none" | "last" | "all") | null;
            /** @description Maximum number of missed ticks that run under `all`: the newest ones. Others are recorded as missed. */
            catch_up_limit?: number | null;
            /** @description Maximum age of a missed tick that runs. Older ones are recorded as missed. */
            catch_up_window_s?: number | null;
            /** @description A run waits while `limit` runs with the same value of the payload field `key` are active, from their start to their end, retries included. */
            concurrency?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
            } | null;
            container?: null;
            readonly created_at?: unknown;
            readonly createdAt?: unknown;
            description?: string | null;
            /** @description Default: true. */
            enabled?: (boolean | 1 | 0) | null;
            end_at?: string | null;
            env?: null;
            event?: null;
            /** @description Default: []. */
            exclude_calendars?: string[] | null;
            /** @description Seconds after which a run that has not started is canceled. No limit by default. */
            expires_in_s?: number | null;
            /** @description Default: 0. */
            finish_grace_s?: number | null;
            flow?: null;
            http?: null;
            id?: string;
            integration_id?: string | null;
            /** @description Default: 0. */
            jitter_seconds?: number | null;
            /** @description Default: {}. */
            labels?: {
                [key: string]: string;
            } | null;
            lambda?: null;
            readonly last_run?: unknown;
            readonly last_status?: unknown;
            readonly lastModified?: unknown;
            name: string;
            readonly next_run?: unknown;
            readonly nextRun?: unknown;
            on_failure?: string | null;
            on_late?: string | null;
            on_success?: string | null;
            /** @description Default: "skip". */
            overlap_policy?: ("skip" | "queue" | "allow" | "replace") | null;
            readonly paused?: unknown;
            readonly paused_until?: unknown;
            /** @description Priority of the runs among those of the tenant that wait for a slot; 1 is the most urgent. */
            priority?: number | null;
            queue?: null;
            readonly registration?: unknown;
            /** @description Default: []. */
            require_calendars?: string[] | null;
            retry?: {
                attempts: number;
                backoff?: ("exponential" | "fixed") | null;
                delay_seconds?: number | null;
                max_delay_seconds?: number | null;
            } | null;
            schedule?: string | null;
            schedules?: {
                /** @description Any JSON value, the `payload` of the runs of this schedule. */
                payload?: unknown;
                schedule: string;
                /** @description `timezone` of the job by default. */
                timezone?: string | null;
            }[] | null;
            script?: null;
            /** @description Default: []. */
            searchable?: string[] | null;
            start_at?: string | null;
            /** @description Default: 300. */
            start_grace_s?: number | null;
            stateMachine: {
                /** @description An object: the input of runs without a payload of their own. The field `jobdeck` names the run. */
                payload?: unknown;
                /** @description Name of a target of this type that the team of the platform has declared for the tenant. */
                target: string;
            };
            /** @description Default: []. */
            tags?: string[] | null;
            /** @description At most `limit` runs with the same value of the payload field `key` start in any `per_s` seconds; others start later, in the order of their creation. */
            throttle?: {
                /** @description Jobs with the same group count their runs together. */
                group?: string | null;
                /** @description Field of the payload, such as `customer.id`: runs with the same value count together. All runs by default. */
                key?: string | null;
                limit: number;
                per_s: number;
            } | null;
            /** @description Default: 3600000. */
            timeout_ms?: number | null;
            /** @description Alternative to `timeout_ms`, in seconds. If both are present, they must be equal. */
            timeout_seconds?: number | null;
            /** @description Default: "UTC". */
            timezone?: string | null;
            type?: "stateMachine" | null;
            readonly updated_at?: unknown;
        };
        Usage: {
            usage: {
                /** @description Whole seconds of workers. */
                compute_seconds: number;
                /** @description The day (UTC); absent with `group=month`. */
                day?: string;
                /** @description The month (UTC); only with `group=month`. */
                month?: string;
                /** @description Records or items that these runs processed. */
                records: number;
                /** @description Completed and failed runs that ended in the period. */
                runs: number;
                /** @description Stored bytes at the end of the period, or now. */
                stored_bytes: number;
            }[];
        };
    };
    responses: {
        /** @description The input is invalid. The message names the field, the rule and the received value. */
        "admin-400": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "schedule: minute must be 0–59, got 75",
                 *       "error": "Invalid job name",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description The token or API key is missing or invalid. */
        "admin-401": {
            headers: {
                /** @description The expected scheme: `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "A bearer token is required",
                 *       "error": "Authentication failed",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description The caller’s roles do not allow the operation, or a header names another tenant than the token. */
        "admin-403": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "Needs one of the roles OWNER, ADMIN; the token has MEMBER",
                 *       "error": "Insufficient permissions",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description The resource does not exist or belongs to another tenant. */
        "admin-404": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "Job not found",
                 *       "error": "Job not found",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description The body is larger than 256 KB. */
        "admin-413": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "body: must have at most 256 KB, got 300000 bytes",
                 *       "error": "Request too large",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description A limit of the tenant, or of all tenants together, is reached. */
        "admin-429": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "Too many requests; try it again later",
                 *       "error": "Too many requests",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description An unexpected error. The message contains the id under which it is logged. */
        "admin-500": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "Internal error; it is logged as request 5f0c2f2e",
                 *       "error": "Server error",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description A dependency is temporarily unavailable, or the request ran out of time. */
        "admin-503": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "success": false,
                 *       "message": "The request took too long; try it again",
                 *       "error": "Service unavailable",
                 *       "timestamp": "2026-03-02T01:03:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["AdminError"];
            };
        };
        /** @description The input is invalid. The message names the field, the rule and the received value. */
        "flows-400": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "invalid_request",
                 *           "message": "schedule: minute must be 0–59, got 75"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The token or API key is missing or invalid. */
        "flows-401": {
            headers: {
                /** @description The expected scheme: `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "unauthorized",
                 *           "message": "A bearer token is required"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The caller’s roles do not allow the operation, or a header names another tenant than the token. */
        "flows-403": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "forbidden",
                 *           "message": "Needs one of the roles OWNER, ADMIN; the token has MEMBER"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The resource does not exist or belongs to another tenant. */
        "flows-404": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "not_found",
                 *           "message": "Job not found"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The current state of the resource does not allow the operation. */
        "flows-409": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "conflict",
                 *           "message": "Job 'hello' is disabled"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The job is not at a version that `If-Match` names, or exists although `If-None-Match` is `*`. */
        "flows-412": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "precondition_failed",
                 *           "message": "if-match: must name the current version, \"a1b2c3d4e5-4\", got \"a1b2c3d4e5-3\""
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The body is larger than 256 KB. */
        "flows-413": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "too_large",
                 *           "message": "body: must have at most 256 KB, got 300000 bytes"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The operation is not possible for this resource. */
        "flows-422": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "invalid_operation",
                 *           "message": "Only flow jobs can be canceled"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description A limit of the tenant, or of all tenants together, is reached. */
        "flows-429": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "too_many_requests",
                 *           "message": "Too many requests; try it again later"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description An unexpected error. The message contains the id under which it is logged. */
        "flows-500": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "internal_error",
                 *           "message": "Internal error; it is logged as request 5f0c2f2e"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description A dependency is temporarily unavailable, or the request ran out of time. */
        "flows-503": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "errors": [
                 *         {
                 *           "code": "unavailable",
                 *           "message": "The request took too long; try it again"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowsErrors"];
            };
        };
        /** @description The input is invalid. The message names the field, the rule and the received value. */
        "integrations-400": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 400,
                 *       "message": "schedule: minute must be 0–59, got 75",
                 *       "error": "Bad Request"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description The token or API key is missing or invalid. */
        "integrations-401": {
            headers: {
                /** @description The expected scheme: `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 401,
                 *       "message": "A bearer token is required",
                 *       "error": "Unauthorized"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description The caller’s roles do not allow the operation, or a header names another tenant than the token. */
        "integrations-403": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 403,
                 *       "message": "Needs one of the roles OWNER, ADMIN; the token has MEMBER",
                 *       "error": "Forbidden"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description The body is larger than 256 KB. */
        "integrations-413": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 413,
                 *       "message": "body: must have at most 256 KB, got 300000 bytes",
                 *       "error": "Content Too Large"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description A limit of the tenant, or of all tenants together, is reached. */
        "integrations-429": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 429,
                 *       "message": "Too many requests; try it again later",
                 *       "error": "Too Many Requests"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description An unexpected error. The message contains the id under which it is logged. */
        "integrations-500": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 500,
                 *       "message": "Internal error; it is logged as request 5f0c2f2e",
                 *       "error": "Internal Server Error"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description A dependency is temporarily unavailable, or the request ran out of time. */
        "integrations-503": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "statusCode": 503,
                 *       "message": "The request took too long; try it again",
                 *       "error": "Service Unavailable"
                 *     }
                 */
                "application/json": components["schemas"]["IntegrationsError"];
            };
        };
        /** @description The input is invalid. The message names the field, the rule and the received value. */
        "pipelines-400": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "input.invalid",
                 *         "message": "schedule: minute must be 0–59, got 75"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The token or API key is missing or invalid. */
        "pipelines-401": {
            headers: {
                /** @description The expected scheme: `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "auth.missing_token",
                 *         "message": "A bearer token is required"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The caller’s roles do not allow the operation, or a header names another tenant than the token. */
        "pipelines-403": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "access.role",
                 *         "message": "Needs one of the roles OWNER, ADMIN; the token has MEMBER"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The resource does not exist or belongs to another tenant. */
        "pipelines-404": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "job.not_found",
                 *         "message": "Job not found"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The current state of the resource does not allow the operation. */
        "pipelines-409": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "job.disabled",
                 *         "message": "Job 'hello' is disabled"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The job is not at a version that `If-Match` names, or exists although `If-None-Match` is `*`. */
        "pipelines-412": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "job.changed",
                 *         "message": "if-match: must name the current version, \"a1b2c3d4e5-4\", got \"a1b2c3d4e5-3\""
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The body is larger than 256 KB. */
        "pipelines-413": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "body.too_large",
                 *         "message": "body: must have at most 256 KB, got 300000 bytes"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The operation is not possible for this resource. */
        "pipelines-422": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "run.not_a_flow",
                 *         "message": "Only flow jobs can be canceled"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description A limit of the tenant, or of all tenants together, is reached. */
        "pipelines-429": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "limit.requests",
                 *         "message": "Too many requests; try it again later"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description An unexpected error. The message contains the id under which it is logged. */
        "pipelines-500": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "internal",
                 *         "message": "Internal error; it is logged as request 5f0c2f2e"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description A dependency is temporarily unavailable, or the request ran out of time. */
        "pipelines-503": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": {
                 *         "code": "request.timeout",
                 *         "message": "The request took too long; try it again"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PipelinesError"];
            };
        };
        /** @description The input is invalid. The message names the field, the rule and the received value. */
        "runner-400": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "schedule: minute must be 0–59, got 75"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The token or API key is missing or invalid. */
        "runner-401": {
            headers: {
                /** @description The expected scheme: `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "A bearer token is required"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The caller’s roles do not allow the operation, or a header names another tenant than the token. */
        "runner-403": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Needs one of the roles OWNER, ADMIN; the token has MEMBER"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The resource does not exist or belongs to another tenant. */
        "runner-404": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Job not found"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The current state of the resource does not allow the operation. */
        "runner-409": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Job 'hello' is disabled"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The job is not at a version that `If-Match` names, or exists although `If-None-Match` is `*`. */
        "runner-412": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "if-match: must name the current version, \"a1b2c3d4e5-4\", got \"a1b2c3d4e5-3\""
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The body is larger than 256 KB. */
        "runner-413": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "body: must have at most 256 KB, got 300000 bytes"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The content type or the encoding of the body is not supported. */
        "runner-415": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "content-type: must be application/json or application/x-www-form-urlencoded, got text/plain"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description The operation is not possible for this resource. */
        "runner-422": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Only flow jobs can be canceled"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description A limit of the tenant, or of all tenants together, is reached. */
        "runner-429": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Too many requests; try it again later"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description An unexpected error. The message contains the id under which it is logged. */
        "runner-500": {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "Internal error; it is logged as request 5f0c2f2e"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
        /** @description A dependency is temporarily unavailable, or the request ran out of time. */
        "runner-503": {
            headers: {
                /** @description Seconds to wait before the next attempt. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "error": "The request took too long; try it again"
                 *     }
                 */
                "application/json": components["schemas"]["RunnerError"];
            };
        };
    };
    parameters: {
        /** @description The requested tenant: the tenant of the token, or any tenant for a super_admin. */
        askedTenant: string;
        /** @description The tenant of the token. A request that names another tenant is rejected. */
        organization: string;
        /** @description The tenant of the token. A request that names another tenant is rejected. */
        tenant: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AdminError = components['schemas']['AdminError'];
export type AdminJobStats = components['schemas']['AdminJobStats'];
export type ApiKey = components['schemas']['ApiKey'];
export type ContainerJobChange = components['schemas']['ContainerJobChange'];
export type ContainerJobInput = components['schemas']['ContainerJobInput'];
export type ContainerJobReplacement = components['schemas']['ContainerJobReplacement'];
export type CursorPaging = components['schemas']['CursorPaging'];
export type CursorPagingInput = components['schemas']['CursorPagingInput'];
export type Delivery = components['schemas']['Delivery'];
export type DynamodbSink = components['schemas']['DynamodbSink'];
export type DynamodbSinkInput = components['schemas']['DynamodbSinkInput'];
export type EventJobChange = components['schemas']['EventJobChange'];
export type EventJobInput = components['schemas']['EventJobInput'];
export type EventJobReplacement = components['schemas']['EventJobReplacement'];
export type FilterTransform = components['schemas']['FilterTransform'];
export type FilterTransformInput = components['schemas']['FilterTransformInput'];
export type FlatMapTransform = components['schemas']['FlatMapTransform'];
export type FlatMapTransformInput = components['schemas']['FlatMapTransformInput'];
export type Flow = components['schemas']['Flow'];
export type FlowInput = components['schemas']['FlowInput'];
export type FlowJobChange = components['schemas']['FlowJobChange'];
export type FlowJobInput = components['schemas']['FlowJobInput'];
export type FlowJobReplacement = components['schemas']['FlowJobReplacement'];
export type FlowsCursors = components['schemas']['FlowsCursors'];
export type FlowsError = components['schemas']['FlowsError'];
export type FlowsErrorResolve = components['schemas']['FlowsErrorResolve'];
export type FlowsErrorRetry = components['schemas']['FlowsErrorRetry'];
export type FlowsErrors = components['schemas']['FlowsErrors'];
export type FlowsFlow = components['schemas']['FlowsFlow'];
export type FlowsJob = components['schemas']['FlowsJob'];
export type FlowsJobError = components['schemas']['FlowsJobError'];
export type FlowsListedFlow = components['schemas']['FlowsListedFlow'];
export type FlowsStartedJob = components['schemas']['FlowsStartedJob'];
export type GenerateSource = components['schemas']['GenerateSource'];
export type GenerateSourceInput = components['schemas']['GenerateSourceInput'];
export type HttpJobChange = components['schemas']['HttpJobChange'];
export type HttpJobInput = components['schemas']['HttpJobInput'];
export type HttpJobReplacement = components['schemas']['HttpJobReplacement'];
export type HttpSink = components['schemas']['HttpSink'];
export type HttpSinkInput = components['schemas']['HttpSinkInput'];
export type HttpSource = components['schemas']['HttpSource'];
export type HttpSourceInput = components['schemas']['HttpSourceInput'];
export type InlineSource = components['schemas']['InlineSource'];
export type InlineSourceInput = components['schemas']['InlineSourceInput'];
export type IntegrationsError = components['schemas']['IntegrationsError'];
export type IntegrationsMetrics = components['schemas']['IntegrationsMetrics'];
export type IntegrationsMinutes = components['schemas']['IntegrationsMinutes'];
export type JobChange = components['schemas']['JobChange'];
export type JobInput = components['schemas']['JobInput'];
export type JobReplacement = components['schemas']['JobReplacement'];
export type LambdaJobChange = components['schemas']['LambdaJobChange'];
export type LambdaJobInput = components['schemas']['LambdaJobInput'];
export type LambdaJobReplacement = components['schemas']['LambdaJobReplacement'];
export type Limits = components['schemas']['Limits'];
export type LinkPaging = components['schemas']['LinkPaging'];
export type LinkPagingInput = components['schemas']['LinkPagingInput'];
export type LookupTransform = components['schemas']['LookupTransform'];
export type LookupTransformInput = components['schemas']['LookupTransformInput'];
export type MapTransform = components['schemas']['MapTransform'];
export type MapTransformInput = components['schemas']['MapTransformInput'];
export type NextUrlPaging = components['schemas']['NextUrlPaging'];
export type NextUrlPagingInput = components['schemas']['NextUrlPagingInput'];
export type NonePaging = components['schemas']['NonePaging'];
export type NonePagingInput = components['schemas']['NonePagingInput'];
export type OffsetPaging = components['schemas']['OffsetPaging'];
export type OffsetPagingInput = components['schemas']['OffsetPagingInput'];
export type PagePaging = components['schemas']['PagePaging'];
export type PagePagingInput = components['schemas']['PagePagingInput'];
export type Pipeline = components['schemas']['Pipeline'];
export type PipelinesCheckpoint = components['schemas']['PipelinesCheckpoint'];
export type PipelinesCheckpointSummary = components['schemas']['PipelinesCheckpointSummary'];
export type PipelinesError = components['schemas']['PipelinesError'];
export type PipelinesJob = components['schemas']['PipelinesJob'];
export type PipelinesJobError = components['schemas']['PipelinesJobError'];
export type PipelinesJobMetrics = components['schemas']['PipelinesJobMetrics'];
export type PipelinesJobSummary = components['schemas']['PipelinesJobSummary'];
export type PipelinesListedPipeline = components['schemas']['PipelinesListedPipeline'];
export type PipelinesLogLine = components['schemas']['PipelinesLogLine'];
export type PipelinesMetricGroups = components['schemas']['PipelinesMetricGroups'];
export type PipelinesOperatorMetrics = components['schemas']['PipelinesOperatorMetrics'];
export type PreviewSink = components['schemas']['PreviewSink'];
export type PreviewSinkInput = components['schemas']['PreviewSinkInput'];
export type QueueJobChange = components['schemas']['QueueJobChange'];
export type QueueJobInput = components['schemas']['QueueJobInput'];
export type QueueJobReplacement = components['schemas']['QueueJobReplacement'];
export type RouteTransform = components['schemas']['RouteTransform'];
export type RouteTransformInput = components['schemas']['RouteTransformInput'];
export type RunnerAttempt = components['schemas']['RunnerAttempt'];
export type RunnerBackfill = components['schemas']['RunnerBackfill'];
export type RunnerBatchItem = components['schemas']['RunnerBatchItem'];
export type RunnerBulkResult = components['schemas']['RunnerBulkResult'];
export type RunnerBulkRun = components['schemas']['RunnerBulkRun'];
export type RunnerCalendar = components['schemas']['RunnerCalendar'];
export type RunnerCause = components['schemas']['RunnerCause'];
export type RunnerDeadLetter = components['schemas']['RunnerDeadLetter'];
export type RunnerDeadLetterNow = components['schemas']['RunnerDeadLetterNow'];
export type RunnerError = components['schemas']['RunnerError'];
export type RunnerFailureMessage = components['schemas']['RunnerFailureMessage'];
export type RunnerHook = components['schemas']['RunnerHook'];
export type RunnerHookWithUrl = components['schemas']['RunnerHookWithUrl'];
export type RunnerJob = components['schemas']['RunnerJob'];
export type RunnerJobVersion = components['schemas']['RunnerJobVersion'];
export type RunnerListedCalendar = components['schemas']['RunnerListedCalendar'];
export type RunnerListedJob = components['schemas']['RunnerListedJob'];
export type RunnerPausedJob = components['schemas']['RunnerPausedJob'];
export type RunnerResult = components['schemas']['RunnerResult'];
export type RunnerRun = components['schemas']['RunnerRun'];
export type RunnerRunTree = components['schemas']['RunnerRunTree'];
export type RunnerRunWithOutput = components['schemas']['RunnerRunWithOutput'];
export type RunnerScript = components['schemas']['RunnerScript'];
export type RunnerSlot = components['schemas']['RunnerSlot'];
export type RunnerStateEntry = components['schemas']['RunnerStateEntry'];
export type RunnerStoredCalendar = components['schemas']['RunnerStoredCalendar'];
export type RunnerStoredJob = components['schemas']['RunnerStoredJob'];
export type RunnerTarget = components['schemas']['RunnerTarget'];
export type RunnerValidation = components['schemas']['RunnerValidation'];
export type S3Sink = components['schemas']['S3Sink'];
export type S3SinkInput = components['schemas']['S3SinkInput'];
export type S3Source = components['schemas']['S3Source'];
export type S3SourceInput = components['schemas']['S3SourceInput'];
export type ScriptJobChange = components['schemas']['ScriptJobChange'];
export type ScriptJobInput = components['schemas']['ScriptJobInput'];
export type ScriptJobReplacement = components['schemas']['ScriptJobReplacement'];
export type Secret = components['schemas']['Secret'];
export type SqsSource = components['schemas']['SqsSource'];
export type SqsSourceInput = components['schemas']['SqsSourceInput'];
export type StateMachineJobChange = components['schemas']['StateMachineJobChange'];
export type StateMachineJobInput = components['schemas']['StateMachineJobInput'];
export type StateMachineJobReplacement = components['schemas']['StateMachineJobReplacement'];
export type Usage = components['schemas']['Usage'];
export type ResponseAdmin_400 = components['responses']['admin-400'];
export type ResponseAdmin_401 = components['responses']['admin-401'];
export type ResponseAdmin_403 = components['responses']['admin-403'];
export type ResponseAdmin_404 = components['responses']['admin-404'];
export type ResponseAdmin_413 = components['responses']['admin-413'];
export type ResponseAdmin_429 = components['responses']['admin-429'];
export type ResponseAdmin_500 = components['responses']['admin-500'];
export type ResponseAdmin_503 = components['responses']['admin-503'];
export type ResponseFlows_400 = components['responses']['flows-400'];
export type ResponseFlows_401 = components['responses']['flows-401'];
export type ResponseFlows_403 = components['responses']['flows-403'];
export type ResponseFlows_404 = components['responses']['flows-404'];
export type ResponseFlows_409 = components['responses']['flows-409'];
export type ResponseFlows_412 = components['responses']['flows-412'];
export type ResponseFlows_413 = components['responses']['flows-413'];
export type ResponseFlows_422 = components['responses']['flows-422'];
export type ResponseFlows_429 = components['responses']['flows-429'];
export type ResponseFlows_500 = components['responses']['flows-500'];
export type ResponseFlows_503 = components['responses']['flows-503'];
export type ResponseIntegrations_400 = components['responses']['integrations-400'];
export type ResponseIntegrations_401 = components['responses']['integrations-401'];
export type ResponseIntegrations_403 = components['responses']['integrations-403'];
export type ResponseIntegrations_413 = components['responses']['integrations-413'];
export type ResponseIntegrations_429 = components['responses']['integrations-429'];
export type ResponseIntegrations_500 = components['responses']['integrations-500'];
export type ResponseIntegrations_503 = components['responses']['integrations-503'];
export type ResponsePipelines_400 = components['responses']['pipelines-400'];
export type ResponsePipelines_401 = components['responses']['pipelines-401'];
export type ResponsePipelines_403 = components['responses']['pipelines-403'];
export type ResponsePipelines_404 = components['responses']['pipelines-404'];
export type ResponsePipelines_409 = components['responses']['pipelines-409'];
export type ResponsePipelines_412 = components['responses']['pipelines-412'];
export type ResponsePipelines_413 = components['responses']['pipelines-413'];
export type ResponsePipelines_422 = components['responses']['pipelines-422'];
export type ResponsePipelines_429 = components['responses']['pipelines-429'];
export type ResponsePipelines_500 = components['responses']['pipelines-500'];
export type ResponsePipelines_503 = components['responses']['pipelines-503'];
export type ResponseRunner_400 = components['responses']['runner-400'];
export type ResponseRunner_401 = components['responses']['runner-401'];
export type ResponseRunner_403 = components['responses']['runner-403'];
export type ResponseRunner_404 = components['responses']['runner-404'];
export type ResponseRunner_409 = components['responses']['runner-409'];
export type ResponseRunner_412 = components['responses']['runner-412'];
export type ResponseRunner_413 = components['responses']['runner-413'];
export type ResponseRunner_415 = components['responses']['runner-415'];
export type ResponseRunner_422 = components['responses']['runner-422'];
export type ResponseRunner_429 = components['responses']['runner-429'];
export type ResponseRunner_500 = components['responses']['runner-500'];
export type ResponseRunner_503 = components['responses']['runner-503'];
export type ParameterAskedTenant = components['parameters']['askedTenant'];
export type ParameterOrganization = components['parameters']['organization'];
export type ParameterTenant = components['parameters']['tenant'];
export type $defs = Record<string, never>;
export interface operations {
    integrationsGetMetrics: {
        parameters: {
            query?: {
                integrationId?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The current counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pendingCount": 2,
                     *       "processingCount": 1,
                     *       "failedCount": 0,
                     *       "oldestPendingAgeMs": 1200,
                     *       "lastRunAt": "2026-03-02T01:03:00.000Z",
                     *       "lastRunDurationMs": 450
                     *     }
                     */
                    "application/json": components["schemas"]["IntegrationsMetrics"];
                };
            };
            400: components["responses"]["integrations-400"];
            401: components["responses"]["integrations-401"];
            403: components["responses"]["integrations-403"];
            413: components["responses"]["integrations-413"];
            429: components["responses"]["integrations-429"];
            500: components["responses"]["integrations-500"];
            503: components["responses"]["integrations-503"];
        };
    };
    integrationsGetMinutes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All 60 minutes, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IntegrationsMinutes"];
                };
            };
            400: components["responses"]["integrations-400"];
            401: components["responses"]["integrations-401"];
            403: components["responses"]["integrations-403"];
            413: components["responses"]["integrations-413"];
            429: components["responses"]["integrations-429"];
            500: components["responses"]["integrations-500"];
            503: components["responses"]["integrations-503"];
        };
    };
    adminGetJobStats: {
        parameters: {
            query?: never;
            header: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The requested tenant: the tenant of the token, or any tenant for a super_admin. */
                "x-tenantid": components["parameters"]["askedTenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example nightly-sync
                 */
                jobName: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The statistics with the ten newest executions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminJobStats"];
                };
            };
            400: components["responses"]["admin-400"];
            401: components["responses"]["admin-401"];
            403: components["responses"]["admin-403"];
            404: components["responses"]["admin-404"];
            413: components["responses"]["admin-413"];
            429: components["responses"]["admin-429"];
            500: components["responses"]["admin-500"];
            503: components["responses"]["admin-503"];
        };
    };
    adminGetLimits: {
        parameters: {
            query?: never;
            header: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The requested tenant: the tenant of the token, or any tenant for a super_admin. */
                "x-tenantid": components["parameters"]["askedTenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The limits, their use and the state of the queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Limits"];
                        message: string;
                        /** @constant */
                        success: true;
                        /** Format: date-time */
                        timestamp: string;
                    };
                };
            };
            400: components["responses"]["admin-400"];
            401: components["responses"]["admin-401"];
            403: components["responses"]["admin-403"];
            413: components["responses"]["admin-413"];
            429: components["responses"]["admin-429"];
            500: components["responses"]["admin-500"];
            503: components["responses"]["admin-503"];
        };
    };
    adminPutLimits: {
        parameters: {
            query?: never;
            header: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The requested tenant: the tenant of the token, or any tenant for a super_admin. */
                "x-tenantid": components["parameters"]["askedTenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "jobs": 200,
                 *       "storedBytes": null
                 *     }
                 */
                "application/json": {
                    computeSecondsPerMonth?: number | null;
                    concurrentRuns?: number | null;
                    concurrentTasks?: number | null;
                    delayedRuns?: number | null;
                    hostRequestsPerSecond?: number | null;
                    jobs?: number | null;
                    minIntervalSeconds?: number | null;
                    requestBurst?: number | null;
                    requestsPerSecond?: number | null;
                    retentionDays?: number | null;
                    storedBytes?: number | null;
                };
            };
        };
        responses: {
            /** @description All limits after the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Limits"];
                        message: string;
                        /** @constant */
                        success: true;
                        /** Format: date-time */
                        timestamp: string;
                    };
                };
            };
            400: components["responses"]["admin-400"];
            401: components["responses"]["admin-401"];
            403: components["responses"]["admin-403"];
            413: components["responses"]["admin-413"];
            429: components["responses"]["admin-429"];
            500: components["responses"]["admin-500"];
            503: components["responses"]["admin-503"];
        };
    };
    adminGetUsage: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                from?: string;
                group?: "day" | "month";
                to?: string;
            };
            header: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The requested tenant: the tenant of the token, or any tenant for a super_admin. */
                "x-tenantid": components["parameters"]["askedTenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The periods, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Usage"];
                        message: string;
                        /** @constant */
                        success: true;
                        /** Format: date-time */
                        timestamp: string;
                    };
                    "text/csv": string;
                };
            };
            400: components["responses"]["admin-400"];
            401: components["responses"]["admin-401"];
            403: components["responses"]["admin-403"];
            413: components["responses"]["admin-413"];
            429: components["responses"]["admin-429"];
            500: components["responses"]["admin-500"];
            503: components["responses"]["admin-503"];
        };
    };
    pipelinesListJobs: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                pipeline_id?: string;
                running?: boolean;
                sort?: string;
                state?: "Created" | "Scheduling" | "Rescaling" | "Running" | "Recovering" | "Stopping" | "Stopped" | "Failed" | "Finished";
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs, newest first by default. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PipelinesJobSummary"][];
                        has_more: boolean;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesJob"];
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesListCheckpoints: {
        parameters: {
            query?: {
                completed?: boolean;
                limit?: number;
                offset?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of checkpoints, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PipelinesCheckpointSummary"][];
                        has_more: boolean;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesTakeCheckpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The checkpoint. */
            201: {
                headers: {
                    /** @description The path of the checkpoint. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesCheckpoint"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetCheckpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of a checkpoint of the job.
                 * @example chk_1_orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                checkpoint_id: string;
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The checkpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesCheckpoint"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesPinCheckpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of a checkpoint of the job.
                 * @example chk_1_orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                checkpoint_id: string;
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pinned": true
                 *     }
                 */
                "application/json": {
                    pinned: boolean;
                };
            };
        };
        responses: {
            /** @description The updated checkpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesCheckpoint"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesListErrors: {
        parameters: {
            query?: {
                level?: "error" | "warning";
                limit?: number;
                operator_id?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of errors, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PipelinesJobError"][];
                        has_more: boolean;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesListLogs: {
        parameters: {
            query?: {
                after?: string;
                level?: "info" | "warn" | "error";
                limit?: number;
                operator_id?: string;
                since?: number;
                task_index?: number;
                until?: number;
                wait?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of lines. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Value of `after` for the lines that follow. */
                        cursor: string;
                        data: components["schemas"]["PipelinesLogLine"][];
                        has_more: boolean;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetMetricGroups: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics of sources, transforms and sinks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesMetricGroups"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetJobMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics of the job and of each operator. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesJobMetrics"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetOperatorMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
                /**
                 * @description The id of a source, transform or sink of the job.
                 * @example source_1
                 */
                operator_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics of the operator and of each of its subtasks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesOperatorMetrics"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetOutput: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                limit?: number;
                offset?: number;
                operator_id?: string;
                wait?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of records. */
            200: {
                headers: {
                    /** @description For CSV: the next page, with `rel="next"`. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            record: unknown;
                            /** @description When the operator emitted the record, in epoch milliseconds. */
                            timestamp: number;
                        }[];
                        has_more: boolean;
                        /** @description The operator of all records; `null` if there are several. */
                        operator_id: string | null;
                        /** @description Records that the operators emitted. Only the first are kept. */
                        total_records: number;
                    };
                    "text/csv": string;
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesRestartJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "parallelism": 4
                 *     }
                 */
                "application/json": {
                    checkpoint_id?: string | null;
                    parallelism?: number | null;
                };
            };
        };
        responses: {
            /** @description The new job was started. */
            200: {
                headers: {
                    /** @description The path of the new job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                        new_job_id: string;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            422: components["responses"]["pipelines-422"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesStopJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "mode": "checkpoint",
                 *       "timeout_seconds": 30
                 *     }
                 */
                "application/json": {
                    /** @description Default: "checkpoint". */
                    mode?: ("checkpoint" | "immediate" | "force") | null;
                    /** @description Default: 30. */
                    timeout_seconds?: number | null;
                };
            };
        };
        responses: {
            /** @description The stop was requested. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Epoch milliseconds. */
                        expected_finish_time: number;
                        message: string;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics in the Prometheus text format, version 0.0.4. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesListPipelines: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of pipelines, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PipelinesListedPipeline"][];
                        has_more: boolean;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesCreatePipeline: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "orders-to-erp",
                 *       "name": "Orders to the ERP",
                 *       "flow": {
                 *         "sources": [
                 *           {
                 *             "type": "generate",
                 *             "count": 1000
                 *           }
                 *         ],
                 *         "transforms": [
                 *           {
                 *             "type": "filter",
                 *             "where": "value > 10"
                 *           }
                 *         ],
                 *         "sinks": [
                 *           {
                 *             "type": "preview"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FlowJobInput"];
            };
        };
        responses: {
            /** @description The pipeline. */
            201: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    /** @description The path of the pipeline. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesGetPipeline: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the pipeline.
                 * @example orders-to-erp
                 */
                pipeline_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesDeletePipeline: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the pipeline.
                 * @example orders-to-erp
                 */
                pipeline_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline was deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            412: components["responses"]["pipelines-412"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesUpdatePipeline: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the pipeline.
                 * @example orders-to-erp
                 */
                pipeline_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["FlowJobChange"];
            };
        };
        responses: {
            /** @description The updated pipeline. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            412: components["responses"]["pipelines-412"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesListPipelineJobs: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                running?: boolean;
                sort?: string;
                state?: "Created" | "Scheduling" | "Rescaling" | "Running" | "Recovering" | "Stopping" | "Stopped" | "Failed" | "Finished";
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the pipeline.
                 * @example orders-to-erp
                 */
                pipeline_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs, newest first by default. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PipelinesJobSummary"][];
                        has_more: boolean;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesStartPipelineJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the pipeline.
                 * @example orders-to-erp
                 */
                pipeline_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job. */
            202: {
                headers: {
                    /** @description The path of the new job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PipelinesJob"];
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            404: components["responses"]["pipelines-404"];
            409: components["responses"]["pipelines-409"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    pipelinesValidatePipeline: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "id": "orders-to-erp",
                 *       "name": "Orders to the ERP",
                 *       "flow": {
                 *         "sources": [
                 *           {
                 *             "type": "generate",
                 *             "count": 1000
                 *           }
                 *         ],
                 *         "transforms": [
                 *           {
                 *             "type": "filter",
                 *             "where": "value > 10"
                 *           }
                 *         ],
                 *         "sinks": [
                 *           {
                 *             "type": "preview"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The result of the validation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        valid: true;
                    } | {
                        errors: {
                            field: string;
                            message: string;
                            /** @description Index of the offending character in an expression. */
                            position?: number;
                        }[];
                        /** @constant */
                        valid: false;
                    };
                };
            };
            400: components["responses"]["pipelines-400"];
            401: components["responses"]["pipelines-401"];
            403: components["responses"]["pipelines-403"];
            413: components["responses"]["pipelines-413"];
            429: components["responses"]["pipelines-429"];
            500: components["responses"]["pipelines-500"];
            503: components["responses"]["pipelines-503"];
        };
    };
    runnerListAudit: {
        parameters: {
            query?: {
                action?: string;
                actor?: string;
                before?: string;
                limit?: number;
                since?: string;
                target?: string;
                until?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The records. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        audit: {
                            action: string;
                            actor: string;
                            actor_id: string | null;
                            actor_tenant: string;
                            /** Format: date-time */
                            at: string;
                            /** @description The filter by which the request selected runs. */
                            filter: {
                                [key: string]: string | number | string[];
                            } | null;
                            id: string;
                            named_tenant: string | null;
                            /** @description The note that the request gave to runs. */
                            note: string | null;
                            operation: string;
                            request_id: string;
                            roles: ("OWNER" | "ADMIN" | "MANAGER" | "OPERATOR" | "MEMBER" | "system_admin" | "super_admin")[];
                            source_ip: string;
                            status: number | null;
                            surface: string;
                            /** @description The tags that the request gave to runs. */
                            tags: string[];
                            target_count: number;
                            targets: string[];
                        }[];
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListCalendars: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The calendars by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        calendars: components["schemas"]["RunnerListedCalendar"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetCalendar: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The name of the calendar.
                 * @example de-by
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The calendar, and the jobs that name it. */
            200: {
                headers: {
                    /** @description The version of the calendar, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        calendar: components["schemas"]["RunnerCalendar"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerPutCalendar: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the calendar is at one of the named versions.
                 * @example "2jmj7l5rSw0yVb_vlWAYkK"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`: the request is rejected (412) if the calendar exists.
                 * @example *
                 */
                "If-None-Match"?: "*";
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The name of the calendar.
                 * @example de-by
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "dates": [
                 *         "2026-12-25",
                 *         "2026-12-26"
                 *       ]
                 *     }
                 */
                "application/json": {
                    dates?: string[] | null;
                    /** @description Instead of `dates`: an iCalendar file with all-day events, of which yearly rules may repeat. A rule without an end is expanded for 10 years. */
                    ical?: string | null;
                };
                "text/calendar": string;
            };
        };
        responses: {
            /** @description The calendar was replaced, or had these dates already. */
            200: {
                headers: {
                    /** @description The version of the calendar, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStoredCalendar"];
                };
            };
            /** @description The calendar was created. */
            201: {
                headers: {
                    /** @description The version of the calendar, for `If-Match`. */
                    ETag?: string;
                    /** @description The path of the calendar. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStoredCalendar"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDeleteCalendar: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the calendar is at one of the named versions.
                 * @example "2jmj7l5rSw0yVb_vlWAYkK"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The name of the calendar.
                 * @example de-by
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The calendar was deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListDeadLetters: {
        parameters: {
            query?: {
                before?: string;
                kind?: "tick" | "run" | "notification" | "chain";
                limit?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Dead letters, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dead_letters: components["schemas"]["RunnerDeadLetter"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the dead letter.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The dead letter. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dead_letter: components["schemas"]["RunnerDeadLetterNow"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerReplayDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "kind": "tick",
                 *       "since": "2026-03-02T00:00:00Z",
                 *       "dry_run": true
                 *     }
                 */
                "application/json": {
                    /** @description Default: false. */
                    dry_run?: boolean | null;
                    ids?: string[] | null;
                    kind?: ("tick" | "run" | "notification" | "chain") | null;
                    /** @description Default: 100. */
                    limit?: number | null;
                    since?: string | null;
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The outcome for each dead letter. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dry_run: boolean;
                        /** @description Selected dead letters that remain for another request. */
                        left: number;
                        /** @description Dead letters that the request processed. */
                        matched: number;
                        replayed: {
                            delivery: string | null;
                            id: string;
                            new_run_id: string | null;
                        }[];
                        skipped: {
                            id: string;
                            reason: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListFailures: {
        parameters: {
            query?: {
                after?: string;
                /** @description The run_id of a run, or an ISO 8601 time. */
                before?: string;
                cause?: string;
                group?: "cause" | "message";
                job_id?: string;
                limit?: number;
                message_id?: string;
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Failed runs, or groups of failed runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        failures: components["schemas"]["RunnerRun"][];
                    } | {
                        causes: components["schemas"]["RunnerCause"][];
                        /** @description Failed runs that are on neither this page nor an earlier one. */
                        left: number;
                        /** @description Value of `after` for the next page; `null` on the last page. */
                        next: string | null;
                        /** @description Failed runs in all groups. */
                        runs: number;
                        /** @description Groups on all pages. */
                        total: number;
                    } | {
                        /** @description Failed runs that are on neither this page nor an earlier one. */
                        left: number;
                        messages: components["schemas"]["RunnerFailureMessage"][];
                        /** @description Value of `after` for the next page; `null` on the last page. */
                        next: string | null;
                        /** @description Failed runs in all groups. */
                        runs: number;
                        /** @description Groups on all pages. */
                        total: number;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerAcknowledgeFailures: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "job_id": "hello",
                 *       "note": "The bank was down."
                 *     }
                 */
                "application/json": {
                    before?: string | null;
                    cause?: string | null;
                    job_id?: string | null;
                    message_id?: string | null;
                    note?: string | null;
                    run_ids?: string[] | null;
                };
            };
        };
        responses: {
            /** @description The numbers of acknowledged and remaining runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        acknowledged: number;
                        /** @description Upper bound for the runs that remain for another request. */
                        left: number;
                        skipped: {
                            reason: string;
                            run_id: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is available. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "uptime": 12.3,
                     *       "failedRegistrations": 0
                     *     }
                     */
                    "application/json": {
                        /** @description Jobs of all tenants whose schedule was refused. */
                        failedRegistrations: number;
                        /** @constant */
                        ok: true;
                        /** @description Seconds since the start of the Lambda execution environment. */
                        uptime: number;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListHooks: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hooks, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hooks: components["schemas"]["RunnerHook"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCreateHook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "job": "hello",
                 *       "scheme": "github",
                 *       "secret": "s3cr3t-of-the-repository"
                 *     }
                 */
                "application/json": {
                    description?: string | null;
                    /** @description Default: true. */
                    enabled?: boolean | null;
                    job: string;
                    managed_by?: string | null;
                    name?: string | null;
                    /** @description Default: "none". */
                    scheme?: ("none" | "standard" | "github" | "stripe" | "slack") | null;
                    secret?: string | null;
                };
            };
        };
        responses: {
            /** @description The hook with its URL. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerHookWithUrl"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetHook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the hook.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                hook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hook without its URL. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hook: components["schemas"]["RunnerHook"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerReceiveHook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The token of the hook, as in its URL.
                 * @example hk_acme.01JNXA3V5T9YV0Q2Z6W8M4R7B1.….1.…
                 */
                hook: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
                "application/x-www-form-urlencoded": Record<string, never>;
            };
        };
        responses: {
            /** @description Slack only: the challenge of a URL verification, or no body in response to a form. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        challenge: string;
                    };
                    "text/plain": string;
                };
            };
            /** @description The run that was started. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        run_id: string;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            415: components["responses"]["runner-415"];
            422: components["responses"]["runner-422"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDeleteHook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the hook.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                hook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hook is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerChangeHook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the hook.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                hook: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": {
                    description?: string | null;
                    enabled?: boolean;
                    job?: string;
                    managed_by?: string | null;
                    name?: string;
                    secret?: string | null;
                };
            };
        };
        responses: {
            /** @description The changed hook. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        hook: components["schemas"]["RunnerHook"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerRotateHook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the hook.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                hook: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlap_s": 3600
                 *     }
                 */
                "application/json": {
                    /** @description Default: 86400. */
                    overlap_s?: number | null;
                };
            };
        };
        responses: {
            /** @description The hook with its new URL. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerHookWithUrl"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListJobs: {
        parameters: {
            query?: {
                /** @description A label as `name=value`. May be repeated: a job must have all of the labels. */
                label?: string[];
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The jobs, sorted by id. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        jobs: components["schemas"]["RunnerListedJob"][];
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCreateJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "hello",
                 *       "name": "Hello",
                 *       "script": "echo",
                 *       "args": [
                 *         "hello"
                 *       ],
                 *       "schedule": "0 6 * * *"
                 *     }
                 */
                "application/json": components["schemas"]["JobInput"];
            };
        };
        responses: {
            /** @description The job was created. */
            201: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    /** @description The path of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "id": "hello"
                     *     }
                     */
                    "application/json": {
                        id: string;
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The definition of the job and its next run. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        job: components["schemas"]["RunnerJob"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCreateOrReplaceJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`: the request is rejected (412) if the job exists.
                 * @example *
                 */
                "If-None-Match"?: "*";
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Hello",
                 *       "script": "echo",
                 *       "args": [
                 *         "hello"
                 *       ],
                 *       "schedule": "0 6 * * *"
                 *     }
                 */
                "application/json": components["schemas"]["JobReplacement"];
            };
        };
        responses: {
            /** @description The job was replaced, or had this definition already. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStoredJob"];
                };
            };
            /** @description The job was created. */
            201: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    /** @description The path of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStoredJob"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDeleteJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job was deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerUpdateJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "schedule": "0 7 * * 1-5",
                 *       "timezone": "Europe/Berlin"
                 *     }
                 */
                "application/json": components["schemas"]["JobChange"];
            };
        };
        responses: {
            /** @description The job was updated. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListBackfills: {
        parameters: {
            query?: {
                before?: string;
                limit?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Backfills, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfills: components["schemas"]["RunnerBackfill"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCreateBackfill: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2026-02-01T00:00:00Z",
                 *       "to": "2026-02-28T23:59:59Z",
                 *       "order": "asc",
                 *       "concurrency": 2
                 *     }
                 */
                "application/json": {
                    /** @description Replaces the `args` of a script job. */
                    args?: string[] | null;
                    /** @description Maximum number of runs of the backfill that are active at the same time. They take at most all slots of the limit `concurrentRuns` but one, and may always take one. */
                    concurrency?: number | null;
                    /** @description Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the role ADMIN or OWNER. */
                    env?: {
                        [key: string]: string;
                    } | null;
                    /**
                     * Format: date-time
                     * @description The first tick is at this time or later.
                     */
                    from: string;
                    note?: string | null;
                    /** @description Default: "asc". */
                    order?: ("asc" | "desc") | null;
                    /** @description Any JSON value of at most 256 KB and 100 levels. Scripts receive it as `payload`, an `http` job without a body sends it as its body, and the expressions of a flow read it as `$payload`. */
                    payload?: unknown;
                    /** @description Default: []. */
                    tags?: string[] | null;
                    /**
                     * Format: date-time
                     * @description The last tick is at this time or earlier; not in the future.
                     */
                    to: string;
                };
            };
        };
        responses: {
            /** @description The backfill. */
            202: {
                headers: {
                    /** @description The path of the backfill. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfill: components["schemas"]["RunnerBackfill"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            422: components["responses"]["runner-422"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetBackfill: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the backfill.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                backfill: string;
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backfill. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfill: components["schemas"]["RunnerBackfill"];
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCancelBackfill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the backfill.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                backfill: string;
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The canceled backfill. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfill: components["schemas"]["RunnerBackfill"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerPauseBackfill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the backfill.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                backfill: string;
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The paused backfill. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfill: components["schemas"]["RunnerBackfill"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerResumeBackfill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the backfill.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                backfill: string;
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The running backfill. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backfill: components["schemas"]["RunnerBackfill"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDisableJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is disabled. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDisableJobByPatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is disabled. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerEnableJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is enabled. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerEnableJobByPatch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is enabled. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerPauseJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "until": "2026-12-27T00:00:00Z"
                 *     }
                 */
                "application/json": {
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The job is paused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerPausedJob"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerResumeJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is not paused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerPausedJob"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerTriggerJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /**
                 * @description `respond-async` returns at once, without waiting for the end of the run.
                 * @example respond-async
                 */
                Prefer?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "payload": {
                 *         "order": 1042
                 *       },
                 *       "tags": [
                 *         "import"
                 *       ],
                 *       "note": "order of the fair"
                 *     }
                 */
                "application/json": {
                    /** @description Replaces the `args` of a script job. */
                    args?: string[] | null;
                    /** @description Seconds until the run starts. Excludes `run_at`. */
                    delay_s?: number | null;
                    /** @description Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the role ADMIN or OWNER. */
                    env?: {
                        [key: string]: string;
                    } | null;
                    /** @description Seconds, counted from the creation of the run or from its `run_at`, after which it is canceled if it has not started. By default those of the job. */
                    expires_in_s?: number | null;
                    note?: string | null;
                    /** @description Any JSON value of at most 256 KB and 100 levels. Scripts receive it as `payload`, an `http` job without a body sends it as its body, and the expressions of a flow read it as `$payload`. */
                    payload?: unknown;
                    /** @description Priority among the runs that wait for a slot; 1 is the most urgent. By default that of the job. */
                    priority?: number | null;
                    /** @description When the run starts, at most 365 days ahead, instead of at once. A time that has passed starts the run at once. */
                    run_at?: string | null;
                    /** @description Default: []. */
                    tags?: string[] | null;
                };
            };
        };
        responses: {
            /** @description The run has ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        result: components["schemas"]["RunnerResult"];
                    };
                };
            };
            /** @description The run has not ended yet. */
            202: {
                headers: {
                    /** @description The path of the run. */
                    Location?: string;
                    /** @description `respond-async` if the request preferred it. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            422: components["responses"]["runner-422"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListRuns: {
        parameters: {
            query?: {
                /** @description The run_id of a run, or an ISO 8601 time. */
                before?: string;
                limit?: number;
                /** @description ok, error, timeout, canceled, skipped, running, pending, or several of them separated by commas. */
                status?: string;
                /** @description A tag of the runs. May be repeated: a run must have all of the tags. Skipped ticks have no tags. */
                tag?: string[];
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs. A page with fewer than `limit` runs is the last one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        runs: components["schemas"]["RunnerRun"][];
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerTriggerJobBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "runs": [
                 *         {
                 *           "payload": {
                 *             "order": 1042
                 *           },
                 *           "idempotency_key": "order-1042"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    runs: {
                        /** @description Replaces the `args` of a script job. */
                        args?: string[] | null;
                        /** @description Seconds until the run starts. Excludes `run_at`. */
                        delay_s?: number | null;
                        /** @description Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the role ADMIN or OWNER. */
                        env?: {
                            [key: string]: string;
                        } | null;
                        /** @description Seconds, counted from the creation of the run or from its `run_at`, after which it is canceled if it has not started. By default those of the job. */
                        expires_in_s?: number | null;
                        idempotency_key?: string | null;
                        note?: string | null;
                        /** @description Any JSON value of at most 256 KB and 100 levels. Scripts receive it as `payload`, an `http` job without a body sends it as its body, and the expressions of a flow read it as `$payload`. */
                        payload?: unknown;
                        /** @description Priority among the runs that wait for a slot; 1 is the most urgent. By default that of the job. */
                        priority?: number | null;
                        /** @description When the run starts, at most 365 days ahead, instead of at once. A time that has passed starts the run at once. */
                        run_at?: string | null;
                        /** @description Default: []. */
                        tags?: string[] | null;
                    }[];
                };
            };
        };
        responses: {
            /** @description The result of each input, in the same order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        runs: components["schemas"]["RunnerBatchItem"][];
                        started: number;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetRun: {
        parameters: {
            query?: {
                output_after?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        run: components["schemas"]["RunnerRunWithOutput"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerMoveRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "run_at": "2026-12-24T18:00:00Z"
                 *     }
                 */
                "application/json": {
                    /** @description Seconds until the run starts. Excludes `run_at`. */
                    delay_s?: number | null;
                    /** @description When the run starts, at most 365 days ahead, instead of at once. A time that has passed starts the run at once. */
                    run_at?: string | null;
                };
            };
        };
        responses: {
            /** @description The run with its new start. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerAcknowledgeRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "note": "The bank was down."
                 *     }
                 */
                "application/json": {
                    note?: string | null;
                };
            };
        };
        responses: {
            /** @description The updated run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCancelRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The run has ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            /** @description The run was asked to end and has not ended yet. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerUnacknowledgeRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The updated run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                        run: components["schemas"]["RunnerRun"];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetJobVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The id of the job.
                 * @example hello
                 */
                id: string;
                /**
                 * @description The version.
                 * @example 3
                 */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The definition of the job at that version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerJobVersion"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerValidateJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "hello",
                 *       "name": "Hello",
                 *       "script": "echo",
                 *       "args": [
                 *         "hello"
                 *       ],
                 *       "schedule": "0 6 * * *"
                 *     }
                 */
                "application/json": components["schemas"]["JobInput"];
            };
        };
        responses: {
            /** @description The result of the validation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerValidation"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetLimits: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The limits, their use and the state of the queue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerRedrive: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "job_id": "hello",
                 *       "since": "2026-03-02T00:00:00Z",
                 *       "dry_run": true
                 *     }
                 */
                "application/json": {
                    /** @description Default: true. */
                    acknowledge?: boolean | null;
                    cause?: string | null;
                    /** @description Default: false. */
                    dry_run?: boolean | null;
                    /** @description Replaces what the redriven runs received. A field that is absent keeps its value. */
                    input?: {
                        /** @description Replaces the `args` of a script job. */
                        args?: string[] | null;
                        /** @description Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the role ADMIN or OWNER. */
                        env?: {
                            [key: string]: string;
                        } | null;
                        /** @description Seconds, counted from the creation of the run or from its `run_at`, after which it is canceled if it has not started. By default those of the job. */
                        expires_in_s?: number | null;
                        note?: string | null;
                        /** @description As that of a trigger; `null` removes the payload. */
                        payload?: unknown;
                        /** @description Priority among the runs that wait for a slot; 1 is the most urgent. By default that of the job. */
                        priority?: number | null;
                        tags?: string[] | null;
                    } | null;
                    job_id?: string | null;
                    /** @description Default: 100. */
                    limit?: number | null;
                    message_id?: string | null;
                    run_ids?: string[] | null;
                    since?: string | null;
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The outcome for each run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dry_run: boolean;
                        /** @description Upper bound for the runs that remain for another request. */
                        left: number;
                        /** @description Runs that the request processed. */
                        matched: number;
                        skipped: {
                            new_run_id: string | null;
                            reason: string;
                            run_id: string;
                        }[];
                        started: {
                            new_run_id: string | null;
                            run_id: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListTenantRuns: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of a page. */
                cursor?: string;
                job_id?: string;
                limit?: number;
                /** @description Maximum duration in seconds. */
                max_duration_s?: number;
                /** @description Minimum number of the current or last attempt. */
                min_attempts?: number;
                /** @description Minimum duration in seconds; that of an active run is the time since its start. */
                min_duration_s?: number;
                /** @description Words that must all occur in the name or id of the job, the failure message, the tags, or the fields of the payload that the job names as `searchable`, or be the start or the last part of the run id. Upper and lower case are equal. */
                q?: string;
                since?: string;
                /** @description ok, error, timeout, canceled, running, pending, or several of them separated by commas. */
                status?: string;
                /** @description A tag of the runs. May be repeated: a run must have all of the tags. Skipped ticks have no tags. */
                tag?: string[];
                trigger?: "schedule" | "manual" | "restart" | "after";
                until?: string;
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs. `next_cursor` is the value of `cursor` for the next page with the same filters; `null` on the last page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor: string | null;
                        runs: components["schemas"]["RunnerRun"][];
                        /** @description Runs that were read in search of those that match. */
                        scanned: number;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetRunTree: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The `run_id` of the run.
                 * @example hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The chain, at most 500 runs, those closest to the first one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        children: components["schemas"]["RunnerRunTree"][];
                        run: components["schemas"]["RunnerRun"];
                        /** @description Whether the chain has more than 500 runs. */
                        truncated: boolean;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerAcknowledgeRuns: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "q": "bank timeout",
                 *       "since": "2026-03-02T00:00:00Z",
                 *       "note": "The bank was down."
                 *     }
                 */
                "application/json": {
                    /** @description Reports the outcome and changes nothing. */
                    dry_run?: boolean | null;
                    job_id?: string | null;
                    /** @description Default: 1000. */
                    limit?: number | null;
                    max_duration_s?: number | null;
                    /** @description Minimum number of the current or last attempt. */
                    min_attempts?: number | null;
                    min_duration_s?: number | null;
                    note?: string | null;
                    q?: string | null;
                    /** @description Exactly these runs, instead of a filter. */
                    run_ids?: string[] | null;
                    /** @description Runs created at or after this time. */
                    since?: string | null;
                    status?: ("error" | "timeout")[] | null;
                    /** @description A run must have all of the tags. */
                    tags?: string[] | null;
                    trigger?: ("schedule" | "manual" | "restart" | "after") | null;
                    /** @description Runs created at or before this time. */
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The outcome for each run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerBulkResult"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetActivity: {
        parameters: {
            query?: {
                job_id?: string;
                since?: string;
                slot_seconds?: number;
                trigger?: "schedule" | "manual" | "restart" | "after";
                until?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All slots of the range, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        slot_seconds: number;
                        slots: components["schemas"]["RunnerSlot"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerCancelRuns: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "job_id": "hello",
                 *       "status": [
                 *         "pending"
                 *       ],
                 *       "dry_run": true
                 *     }
                 */
                "application/json": {
                    /** @description Reports the outcome and changes nothing. */
                    dry_run?: boolean | null;
                    job_id?: string | null;
                    /** @description Default: 1000. */
                    limit?: number | null;
                    max_duration_s?: number | null;
                    /** @description Minimum number of the current or last attempt. */
                    min_attempts?: number | null;
                    min_duration_s?: number | null;
                    q?: string | null;
                    /** @description Exactly these runs, instead of a filter. */
                    run_ids?: string[] | null;
                    /** @description Runs created at or after this time. */
                    since?: string | null;
                    status?: ("pending" | "running")[] | null;
                    /** @description A run must have all of the tags. */
                    tags?: string[] | null;
                    trigger?: ("schedule" | "manual" | "restart" | "after") | null;
                    /** @description Runs created at or before this time. */
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The outcome for each run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerBulkResult"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerRedriveRuns: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "q": "bank timeout",
                 *       "min_attempts": 3,
                 *       "dry_run": true
                 *     }
                 */
                "application/json": {
                    /** @description Default: true. */
                    acknowledge?: boolean | null;
                    /** @description Reports the outcome and changes nothing. */
                    dry_run?: boolean | null;
                    /** @description Replaces what the redriven runs received. A field that is absent keeps its value. */
                    input?: {
                        /** @description Replaces the `args` of a script job. */
                        args?: string[] | null;
                        /** @description Variables that are added to those of a script job. If one of all these variables refers to a secret, they need the role ADMIN or OWNER. */
                        env?: {
                            [key: string]: string;
                        } | null;
                        /** @description Seconds, counted from the creation of the run or from its `run_at`, after which it is canceled if it has not started. By default those of the job. */
                        expires_in_s?: number | null;
                        note?: string | null;
                        /** @description As that of a trigger; `null` removes the payload. */
                        payload?: unknown;
                        /** @description Priority among the runs that wait for a slot; 1 is the most urgent. By default that of the job. */
                        priority?: number | null;
                        tags?: string[] | null;
                    } | null;
                    job_id?: string | null;
                    /** @description Default: 100. */
                    limit?: number | null;
                    max_duration_s?: number | null;
                    /** @description Minimum number of the current or last attempt. */
                    min_attempts?: number | null;
                    min_duration_s?: number | null;
                    q?: string | null;
                    /** @description Exactly these runs, instead of a filter. */
                    run_ids?: string[] | null;
                    /** @description Runs created at or after this time. */
                    since?: string | null;
                    status?: ("error" | "timeout")[] | null;
                    /** @description A run must have all of the tags. */
                    tags?: string[] | null;
                    trigger?: ("schedule" | "manual" | "restart" | "after") | null;
                    /** @description Runs created at or before this time. */
                    until?: string | null;
                };
            };
        };
        responses: {
            /** @description The outcome for each run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerBulkResult"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListScripts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scripts by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        scripts: components["schemas"]["RunnerScript"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetSigningSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        secret: string;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerRotateSigningSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The new secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        previous_valid_until: string;
                        secret: string;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListStateNamespaces: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The namespaces. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        namespaces: string[];
                        /** @description The `after` of the next page, or `null`. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListState: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
                prefix?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The namespace.
                 * @example sync-orders
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The values by key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: components["schemas"]["RunnerStateEntry"][];
                        /** @description The `after` of the next page, or `null`. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetState: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The key.
                 * @example cursor
                 */
                key: string;
                /**
                 * @description The namespace.
                 * @example sync-orders
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The value. */
            200: {
                headers: {
                    /** @description The version of the value, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStateEntry"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerPutState: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the value exists at one of the named versions.
                 * @example "2jmj7l5rSw0yVb_vlWAYkK"
                 */
                "If-Match"?: string;
                /**
                 * @description `*`: the request is rejected (412) if the value exists.
                 * @example *
                 */
                "If-None-Match"?: "*";
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The key.
                 * @example cursor
                 */
                key: string;
                /**
                 * @description The namespace.
                 * @example sync-orders
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": {
                 *         "after": 4711
                 *       },
                 *       "ttl_s": 86400
                 *     }
                 */
                "application/json": {
                    ttl_s?: number | null;
                    value: unknown;
                };
            };
        };
        responses: {
            /** @description The value is stored. */
            200: {
                headers: {
                    /** @description The version of the value, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunnerStateEntry"];
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            409: components["responses"]["runner-409"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerDeleteState: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the value exists at one of the named versions.
                 * @example "2jmj7l5rSw0yVb_vlWAYkK"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The key.
                 * @example cursor
                 */
                key: string;
                /**
                 * @description The namespace.
                 * @example sync-orders
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The value is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ok: true;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            404: components["responses"]["runner-404"];
            412: components["responses"]["runner-412"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetStats: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Current counts and counts of the last hour. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        errorsLastHour: number;
                        /** @description Jobs whose schedule was refused. */
                        failedRegistrations: number;
                        okLastHour: number;
                        running: number;
                        totalJobs: number;
                    };
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerHealthByGet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is available. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "uptime": 12.3,
                     *       "failedRegistrations": 0
                     *     }
                     */
                    "application/json": {
                        /** @description Jobs of all tenants whose schedule was refused. */
                        failedRegistrations: number;
                        /** @constant */
                        ok: true;
                        /** @description Seconds since the start of the Lambda execution environment. */
                        uptime: number;
                    };
                };
            };
            400: components["responses"]["runner-400"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerListTargets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The targets by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        targets: components["schemas"]["RunnerTarget"][];
                    };
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    runnerGetUsage: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                from?: string;
                group?: "day" | "month";
                to?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The periods, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                    "text/csv": string;
                };
            };
            400: components["responses"]["runner-400"];
            401: components["responses"]["runner-401"];
            403: components["responses"]["runner-403"];
            413: components["responses"]["runner-413"];
            429: components["responses"]["runner-429"];
            500: components["responses"]["runner-500"];
            503: components["responses"]["runner-503"];
        };
    };
    flowsListApiKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The API keys, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"][];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsCreateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "nightly sync",
                 *       "roles": [
                 *         "OPERATOR"
                 *       ]
                 *     }
                 */
                "application/json": {
                    name: string;
                    roles: ("OWNER" | "ADMIN" | "MANAGER" | "OPERATOR" | "MEMBER" | "system_admin" | "super_admin")[];
                };
            };
        };
        responses: {
            /** @description The API key. No other response contains `key`. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        createdAt: string;
                        id: string;
                        key: string;
                        name: string;
                        roles: ("OWNER" | "ADMIN" | "MANAGER" | "OPERATOR" | "MEMBER" | "system_admin" | "super_admin")[];
                    };
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsRevokeApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The API key.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key is revoked. It is rejected after 30 seconds at the latest. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListFlows: {
        parameters: {
            query?: {
                _integrationId?: string;
                disabled?: boolean;
                integration_id?: string;
                /** @description From 1. */
                page?: number;
                /** @description Without `page` and `pageSize` all flows are listed; 100 beside `page`. */
                pageSize?: number;
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The flows by id. */
            200: {
                headers: {
                    /** @description The next page, with `rel="next"`. Missing on the last page. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsListedFlow"][];
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsCreateFlow: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "orders-to-erp",
                 *       "name": "Orders to the ERP",
                 *       "flow": {
                 *         "sources": [
                 *           {
                 *             "type": "generate",
                 *             "count": 1000
                 *           }
                 *         ],
                 *         "transforms": [
                 *           {
                 *             "type": "filter",
                 *             "where": "value > 10"
                 *           }
                 *         ],
                 *         "sinks": [
                 *           {
                 *             "type": "preview"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FlowJobInput"];
            };
        };
        responses: {
            /** @description The flow is created. */
            201: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    /** @description URL of the flow. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsFlow"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsGetFlow: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The definition of the flow. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsFlow"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsDeleteFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The flow is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            412: components["responses"]["flows-412"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsUpdateFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the job is at one of the named versions. Weak tags match no version.
                 * @example "a1b2c3d4e5-3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "schedule": "rate(15 minutes)"
                 *     }
                 */
                "application/json": components["schemas"]["FlowJobChange"];
            };
        };
        responses: {
            /** @description The flow after the change. */
            200: {
                headers: {
                    /** @description The version of the job’s definition, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsFlow"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            412: components["responses"]["flows-412"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsGetFlowCursors: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cursors. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsCursors"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsPutFlowCursors: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "cursors": {
                 *         "source_1": "2026-01-01T00:00:00Z"
                 *       }
                 *     }
                 */
                "application/json": {
                    cursors: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description The cursors after the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsCursors"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListFlowErrors: {
        parameters: {
            query?: {
                assignedTo?: string;
                cursor?: string;
                jobId?: string;
                limit?: number;
                occurredAt_gte?: string;
                occurredAt_lte?: string;
                operator?: string;
                status?: "open" | "retrying" | "resolved";
                text?: string;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of errors. */
            200: {
                headers: {
                    /** @description The next page, with `rel="next"`. Missing on the last page. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsError"][];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsEditFlowError: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags or `*`. The request is rejected (412) unless the error is at one of the named revisions.
                 * @example "3"
                 */
                "If-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The error.
                 * @example orders-to-erp.01JZ0000.01JZ0000000000000000000000.sink_1.0.0.7
                 */
                errorId: string;
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "record": {
                 *         "id": 7,
                 *         "total": 19.99
                 *       },
                 *       "assignedTo": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    assignedTo?: string | null;
                    note?: string | null;
                    record?: unknown;
                };
            };
        };
        responses: {
            /** @description The error after the change. */
            200: {
                headers: {
                    /** @description The revision of the error, for `If-Match`. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsError"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            412: components["responses"]["flows-412"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsResolveFlowErrors: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "orders-to-erp.01JZ0000.01JZ0000000000000000000000.sink_1.0.0.7"
                 *       ]
                 *     }
                 */
                "application/json": {
                    cursor?: string;
                    filter?: {
                        assignedTo?: string;
                        jobId?: string;
                        /** Format: date-time */
                        occurredAt_gte?: string;
                        /** Format: date-time */
                        occurredAt_lte?: string;
                        operator?: string;
                        text?: string;
                    };
                    ids?: string[];
                };
            };
        };
        responses: {
            /** @description The errors are resolved. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsErrorResolve"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsRetryFlowErrors: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "operator": "sink_1"
                 *       }
                 *     }
                 */
                "application/json": {
                    filter?: {
                        assignedTo?: string;
                        jobId?: string;
                        /** Format: date-time */
                        occurredAt_gte?: string;
                        /** Format: date-time */
                        occurredAt_lte?: string;
                        operator?: string;
                        text?: string;
                    };
                    ids?: string[];
                };
            };
        };
        responses: {
            /** @description The job is started, unless no error matches. */
            202: {
                headers: {
                    /** @description URL of the job, if one is started. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsErrorRetry"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            422: components["responses"]["flows-422"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListLatestJobs: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A list with the job. Empty if the flow has no job, or if its newest job has expired. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"][];
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsRunFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A repeated request with the same key returns the first run instead of starting another one.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The flow.
                 * @example orders-to-erp
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job in its current state. */
            202: {
                headers: {
                    /** @description URL of the job. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsStartedJob"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListJobs: {
        parameters: {
            query?: {
                _exportId?: string;
                _flowId?: string;
                /** @description 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, or several separated by commas. */
                _flowId_in?: string;
                _flowJobId?: string;
                _importId?: string;
                _integrationId?: string;
                /** @description An ISO 8601 time, a day (UTC), or epoch milliseconds; included. */
                createdAt_gte?: string;
                /** @description An ISO 8601 time, a day (UTC), or epoch milliseconds; included. */
                createdAt_lte?: string;
                /** @description As the Link of the page before has it. */
                cursor?: string;
                /** @description Of flows that are disabled now. */
                disabled?: boolean;
                export_id?: string;
                flow_id?: string;
                /** @description 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, or several separated by commas. */
                flow_id_in?: string;
                flow_job_id?: string;
                import_id?: string;
                integration_id?: string;
                numError_gte?: number;
                numError_lte?: number;
                numExport_gte?: number;
                numExport_lte?: number;
                numIgnore_gte?: number;
                numIgnore_lte?: number;
                numSuccess_gte?: number;
                numSuccess_lte?: number;
                /** @description From 1. Only the first 10000 jobs have page numbers; the Link header leads to all. */
                page?: number;
                pageSize?: number;
                status?: "queued" | "running" | "completed" | "failed" | "canceled";
                /** @description queued or running or completed or failed or canceled, or several separated by commas. */
                status_in?: string;
                type?: "flow" | "export" | "import";
                /** @description flow or export or import, or several separated by commas. */
                type_in?: string;
            };
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs. */
            200: {
                headers: {
                    /** @description The next page, with `rel="next"`. Missing on the last page. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"][];
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsGetJob: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of an earlier response. The response is 304 if it is unchanged.
                 * @example W/"3hMXmDDsLV3pE0fB9bBzVw"
                 */
                "If-None-Match"?: string;
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The job: its `_id`.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job in its current state. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"];
                };
            };
            /** @description The response is unchanged. */
            304: {
                headers: {
                    /** @description The entity tag of the response. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsCancelJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The job: its `_id`.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is canceled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"];
                };
            };
            /** @description The cancel is requested and the job has not ended within 10 seconds. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            422: components["responses"]["flows-422"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsCancelJobByPut: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The job: its `_id`.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The job is canceled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"];
                };
            };
            /** @description The cancel is requested and the job has not ended within 10 seconds. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJob"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            422: components["responses"]["flows-422"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListJobErrors: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The job: its `_id`.
                 * @example orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of failed records. */
            200: {
                headers: {
                    /** @description The next page, with `rel="next"`. Missing on the last page. */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowsJobError"][];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsGetNotifications: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destinations for jobs without their own; null sends no notification. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        on_failure: string | null;
                        on_late: string | null;
                        on_success: string | null;
                        rules: {
                            consecutive_failures: number;
                            match: {
                                job: string | null;
                                tag: string | null;
                            };
                            name: string;
                            on: ("failure" | "success" | "late" | "recovered")[];
                            to: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsPutNotifications: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "on_failure": "slack:#ops",
                 *       "on_success": null,
                 *       "on_late": null,
                 *       "rules": [
                 *         {
                 *           "name": "on-call",
                 *           "match": {
                 *             "tag": "critical"
                 *           },
                 *           "on": [
                 *             "failure",
                 *             "recovered"
                 *           ],
                 *           "consecutive_failures": 3,
                 *           "to": "pagerduty"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    on_failure?: string | null;
                    on_late?: string | null;
                    on_success?: string | null;
                    /** @description Rules that notify of events of several jobs, beside the destinations of the jobs. */
                    rules?: {
                        /** @description Failures in a row of a job with which a failure is reported, and after which a success is a recovery. */
                        consecutive_failures?: number | null;
                        match?: {
                            job?: string | null;
                            tag?: string | null;
                        } | null;
                        name: string;
                        on: ("failure" | "success" | "late" | "recovered")[];
                        to: string;
                    }[] | null;
                };
            };
        };
        responses: {
            /** @description The destinations after the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        on_failure: string | null;
                        on_late: string | null;
                        on_success: string | null;
                        rules: {
                            consecutive_failures: number;
                            match: {
                                job: string | null;
                                tag: string | null;
                            };
                            name: string;
                            on: ("failure" | "success" | "late" | "recovered")[];
                            to: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListDeliveries: {
        parameters: {
            query?: {
                before?: string;
                limit?: number;
                state?: "pending" | "delivered" | "failed";
            };
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deliveries. Fewer than `limit` are the end of the list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"][];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsRetryDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The delivery.
                 * @example 01JNXA3V5T9YV0Q2Z6W8M4R7B1
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The delivery in its current state. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsListSecrets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secrets by name, without their values. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secret"][];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsGetSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The secret.
                 * @example erp-token
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret without its value. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secret"];
                };
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsPutSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The secret.
                 * @example erp-token
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "value": "s3cr3t"
                 *     }
                 */
                "application/json": {
                    value: string;
                };
            };
        };
        responses: {
            /** @description The secret is set. Runs use it after one minute at the latest. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            409: components["responses"]["flows-409"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
    flowsDeleteSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "X-Organization-Id"?: components["parameters"]["organization"];
                /** @description The tenant of the token. A request that names another tenant is rejected. */
                "x-tenantid"?: components["parameters"]["tenant"];
            };
            path: {
                /**
                 * @description The secret.
                 * @example erp-token
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["flows-400"];
            401: components["responses"]["flows-401"];
            403: components["responses"]["flows-403"];
            404: components["responses"]["flows-404"];
            413: components["responses"]["flows-413"];
            429: components["responses"]["flows-429"];
            500: components["responses"]["flows-500"];
            503: components["responses"]["flows-503"];
        };
    };
}

/** Fields that answers show of a job, on any surface, and that no request may set. */
export const READ_ONLY_FIELDS: readonly string[] = [
  'next_run',
  'created_at',
  'updated_at',
  'registration',
  'last_status',
  'last_run',
  '_id',
  '_integrationId',
  'createdAt',
  'lastModified',
  'nextRun',
];

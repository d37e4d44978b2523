/**
 * Fields that the platform maintains and that responses of any surface show of a job. Requests may contain them, without
 * effect.
 */
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

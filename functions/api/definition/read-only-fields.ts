/**
 * Fields that the platform maintains and that responses of any surface show of a job. Requests may contain them, without
 * effect.
 */
export const READ_ONLY_FIELDS: readonly string[] = [
  'next_run',
  'paused',
  'paused_until',
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

/**
 * Read-only fields that show an optional field under the name of a surface's contract, with the name of that field. A
 * request in which the two differ is refused, because one of the values would be lost.
 */
export const REPEATED_FIELDS: Readonly<Record<string, string>> = { _integrationId: 'integration_id' };

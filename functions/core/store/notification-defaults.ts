import { NO_NOTIFICATION_DEFAULTS, type NotificationDefaults } from '../domain/notification/delivery.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put } from './db.ts';
import { notificationDefaultsKey } from './keys.ts';

/** Returns the default notification destinations of the tenant's jobs, read consistently. */
export async function getNotificationDefaults(db: Db, tenant: TenantId): Promise<NotificationDefaults> {
  return toNotificationDefaults(await get(db, db.tables.access, notificationDefaultsKey(tenant)));
}

export async function putNotificationDefaults(db: Db, tenant: TenantId, defaults: NotificationDefaults): Promise<void> {
  await put(db, db.tables.access, { ...notificationDefaultsKey(tenant), ...defaults });
}

export function toNotificationDefaults(item: Item | undefined): NotificationDefaults {
  if (!item) return NO_NOTIFICATION_DEFAULTS;
  const { pk, sk, ...own } = item;
  return { ...NO_NOTIFICATION_DEFAULTS, ...own };
}

/**
 * Storage of records between visits, in IndexedDB. If the browser has no IndexedDB or refuses it
 * (private windows, sandboxed frames, a full disk), nothing is remembered and nothing fails.
 */
import type { Place } from './record.js';

const DATABASE = 'tfjs-backend-tiled';
const STORE = 'tuning';

/** Returns the record remembered for a place, or null. */
export async function recall({ version, renderer }: Place): Promise<string | null> {
  const found = await inStore('readonly', (store) => store.get([version, renderer]));
  return typeof found === 'string' ? found : null;
}

/**
 * Remembers a record, or forgets it if `text` is null, and forgets records of other package
 * versions.
 */
export async function remember({ version, renderer }: Place, text: string | null): Promise<void> {
  const keys = (await inStore('readonly', (store) => store.getAllKeys())) ?? [];
  await inStore('readwrite', (store): IDBRequest => {
    for (const key of keys) {
      if (!Array.isArray(key) || key[0] !== version) store.delete(key);
    }
    const place = [version, renderer];
    return text === null ? store.delete(place) : store.put(text, place);
  });
}

/** Returns the answer to a request after its transaction is complete; undefined if that fails. */
async function inStore<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  let database: IDBDatabase | undefined;
  try {
    database = await open();
    return await answer(database.transaction(STORE, mode), ask);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    // This throws if indexedDB is missing or not allowed, which rejects the promise.
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function answer<T>(
  transaction: IDBTransaction,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = ask(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

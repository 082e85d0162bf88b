/** A relay that POSTs from a worker, which continues when the page's own thread hangs. */

/**
 * Worker body: sends pending messages in order. It must not use names from outside, because its
 * source text is what the worker runs.
 */
function work(url: string): void {
  const waiting: string[] = [];
  let isSending = false;
  let isLast = false;
  const send = async () => {
    isSending = true;
    while (waiting.length > 0) {
      const body = `[${waiting.splice(0).join()}]`;
      await fetch(url, { method: 'POST', body }).catch(() => {});
    }
    isSending = false;
    if (isLast) postMessage('sent');
  };
  addEventListener('message', ({ data }: MessageEvent<string | null>) => {
    if (data === null) isLast = true;
    else waiting.push(data);
    if (!isSending) send();
  });
  postMessage('ready');
}

export interface Relay {
  /** Sends the text of a JSON value; values that are pending together are sent as one array. */
  send(json: string): void;
  /** Resolves when all messages have been sent. */
  close(): Promise<void>;
}

/** Opens a relay to a path of the server that the page came from. */
export async function openRelay(path: string): Promise<Relay> {
  const source = `(${work})(${JSON.stringify(new URL(path, location.href).href)})`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const answer = () =>
    new Promise<void>((resolve) => {
      worker.onmessage = () => resolve();
    });
  // Starting a worker needs the page's own thread, which may hang in its first task, so wait here.
  await answer();
  URL.revokeObjectURL(url);
  return {
    send: (json) => worker.postMessage(json),
    close: () => {
      const sent = answer();
      worker.postMessage(null);
      return sent;
    },
  };
}

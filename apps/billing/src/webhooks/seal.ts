import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NAME_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What stands before a sealed secret: which key, the initialization vector, and the tag. A secret as it is is shorter. */
const HEAD_BYTES = NAME_BYTES + IV_BYTES + TAG_BYTES;

/** A kept secret that none of the keys opens. The message says what to do. */
export class Unsealable extends Error {
  override name = 'Unsealable';

  constructor() {
    super('the secret is sealed by a key that is not in WEBHOOK_KEYS: add that key, or rotate the secret');
  }
}

/**
 * Secrets of webhook endpoints as the database keeps them: sealed by AES-256-GCM, for their endpoint alone, or as they are
 * where there are no keys.
 */
export class Seal {
  private readonly keys: readonly { name: Buffer; key: Buffer }[];

  /** @param keys of 32 bytes; the first one seals, all of them open */
  constructor(keys: readonly Buffer[]) {
    this.keys = keys.map((key) => ({ key, name: createHash('sha256').update(key).digest().subarray(0, NAME_BYTES) }));
  }

  /** @param text keys as base64, with a comma between two */
  static of(text: string): Seal {
    return new Seal(text ? text.split(',').map((key) => Buffer.from(key, 'base64')) : []);
  }

  seal(secret: Buffer, endpointId: string): Buffer {
    const [first] = this.keys;
    if (!first) return secret;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, first.key, iv).setAAD(Buffer.from(endpointId));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([first.name, iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws Unsealable */
  open(kept: Buffer, endpointId: string): Buffer {
    const secret = this.opened(kept, endpointId);
    if (!secret) throw new Unsealable();
    return secret;
  }

  /** @returns undefined when no key opens it for this endpoint, or it was changed */
  opened(kept: Buffer, endpointId: string): Buffer | undefined {
    if (kept.length <= HEAD_BYTES) return kept;
    const by = this.keys.find(({ name }) => kept.subarray(0, NAME_BYTES).equals(name));
    if (!by) return undefined;
    const iv = kept.subarray(NAME_BYTES, NAME_BYTES + IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, by.key, iv).setAAD(Buffer.from(endpointId));
    decipher.setAuthTag(kept.subarray(NAME_BYTES + IV_BYTES, HEAD_BYTES));
    try {
      return Buffer.concat([decipher.update(kept.subarray(HEAD_BYTES)), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** Whether it is kept as a secret of now would be. */
  isCurrent(kept: Buffer): boolean {
    const [first] = this.keys;
    return first
      ? kept.length > HEAD_BYTES && kept.subarray(0, NAME_BYTES).equals(first.name)
      : kept.length <= HEAD_BYTES;
  }
}

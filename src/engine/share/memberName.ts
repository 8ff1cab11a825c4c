import { accountName } from '../disk/accountName.ts';
import { MAX_NAME_CHARACTERS } from '../protocols/hub/hubMessages.ts';

/** A name as every hub takes it: visible, and of at most 64 characters. */
export function memberName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, MAX_NAME_CHARACTERS)
    .toWellFormed();
  return plain === '' ? 'somebody' : plain;
}

/** The name of the user's account. */
export function ownMemberName(): string {
  return memberName(accountName());
}

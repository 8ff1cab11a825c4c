import { userInfo } from 'node:os';

/** The name of the user's account, or its number where the system knows no name for that, as in many containers. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user-${process.getuid?.() ?? 'unknown'}`;
  }
}

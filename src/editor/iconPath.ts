/**
 * The path by whose name alone the editor chooses the icon of a file's type; nothing need be there. A name from others may
 * hold slashes, and an address whose path begins with two is none: the editor would show no line of the whole view.
 */
export function iconPath(name: string): string {
  return `/${name.slice(name.lastIndexOf('/') + 1)}`;
}

/** Behind the options in `tributary --help`. */
export const EXIT_STATUS_HELP = `
Exit status:
  0 all complete · 1 internal error · 2 usage · 3 network or server
  4 checksum mismatch · 5 disk · 6 refused for safety · 130 interrupted`;

/** Behind the options in `tributary get --help`. */
export const GET_HELP = `
Output:
  On a terminal, progress and a line for each finished file. When stdout leads
  elsewhere, it gets the path of each finished file and nothing else; messages
  go to stderr.

List (-i):
  https://example.org/big.iso  sha256:<64 hex digits>
  # a comment

Mirrors (-m), Metalink (.meta4):
  All sources of a file are used at once. You vouch for the mirrors you name:
  without a checksum only their size is compared. A mirror that cannot be used
  is a warning on stderr. A Metalink with several files downloads them all; -o
  and --checksum are meant for the first. -H goes to the host of the address
  alone; a mirror's own user name and password stand in its link.
  --checksum auto takes what the server or a file beside it (.sha256,
  SHA256SUMS, ...) says, and warns when there is nothing.

Seeds (seed:///<name>, seed://<host>:<port>/<name>):
  The first form asks all --ports of this machine for the file and takes it from
  every seed that has it. See tributary seed --help, tributary peers.

Content (ipfs://<cid>[/path]):
  Blocks come from --peer, from whom is found by --bootstrap, and from --gateway,
  at once, and are checked one by one. A mirror (-m) is checked by them, too.

With --json, each line of stdout is one object:
  {"type":"task","id","state","name","path","address","size","received",
   "resumable","checksum","limit","sources"}
                                      whenever the state of a file changes;
      state: queued, active, paused, completed, failed or removed
      completed adds "verification": "verified" or "size-only"
      failed (and paused for a reason) adds "error": {"code","message"}
      sources: [{"address"}]; one that is not used has an "error", too
  {"type":"progress","id","state":"active","phase","received","size",
   "bytesPerSecond","secondsLeft","lanes"}
  {"type":"error","state":"failed","error":{"code","message"}}
      when there is no file to speak of: a wrong option, a refused address
  The last line of each file, and of the run, has the final "state".
  Sizes are bytes; what is not known is null.
With --events, chunk events are lines between them:
  {"event":"download_chunk_complete","file_hash","chunk_index","path"}

Ctrl-C stops in under a second and leaves a part file (<name>.part); the same
command again resumes it. A second Ctrl-C ends at once.

Examples:
  tributary get https://example.org/big.iso
  tributary get -d models -j 2 --exists skip -i list.txt
  tributary get https://a.example/big.iso -m https://b.example/big.iso
  tributary get -o disk.img --checksum sha256:<hex> https://example.org/d?v=3
  tributary get seed:///big.iso
  tributary get hub://127.0.0.1:8090/<fid>
${EXIT_STATUS_HELP}`;

/**
 * What a run says of itself when `BMES_DEBUG=1` is set, read back from its stderr.
 *
 *     bmes: <phase> <detail> +12.3ms
 *     bmes: miss|guard|stand-aside <code> <detail>
 *     bmes: stage native|linked|warm mode hooks|linker|commonjs|native   (the last one)
 */

/** @typedef {{ stage: string, mode: string }} Stage */

const LINE = /^bmes: (.*)\n?/gm;

/** @param {string} stderr */
export function timeline(stderr) {
  const lines = [...stderr.matchAll(LINE)].map((match) => match[1] ?? '');
  return {
    lines,
    /** The stage that really ran, or null where nothing said so. */
    stage: stageOf(lines),
    /** Why something was not taken from the cache. */
    reasons: lines.filter((line) => /^(miss|guard|stand-aside) \S/.test(line)),
  };
}

/**
 * @param {string[]} lines
 * @returns {Stage | null}
 */
function stageOf(lines) {
  const found = lines.flatMap((line) => {
    const match = /^stage (native|linked|warm) mode (hooks|linker|commonjs|native)(?: |$)/.exec(
      line,
    );
    return match?.[1] && match[2] ? [{ stage: match[1], mode: match[2] }] : [];
  });
  return found.at(-1) ?? null;
}

/**
 * The app's own stderr. Only for runs that had `BMES_DEBUG` set: any other must not print such lines.
 *
 * @param {string} stderr
 */
export function withoutTimeline(stderr) {
  return stderr.replaceAll(LINE, '');
}

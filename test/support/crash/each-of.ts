/** Acts on each name, a few at a time. */
export async function eachOf(names: Iterable<string>, act: (name: string) => Promise<void>): Promise<void> {
  const rest = [...names].values();
  const go = async (): Promise<void> => {
    for (const name of rest) await act(name);
  };
  await Promise.all([go(), go(), go(), go(), go(), go()]);
}

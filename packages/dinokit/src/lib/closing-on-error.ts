/** Makes something of what is open, a file or a backbone, which is closed where that fails. */
export async function closingOnError<Open extends { close(): Promise<void> }, T>(open: Open, make: (open: Open) => Promise<T>): Promise<T> {
  try {
    return await make(open)
  } catch (error) {
    await open.close()
    throw error
  }
}

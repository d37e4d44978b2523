import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';

/** Reads all rows of a Parquet file. Decimals are numbers, other values have the types of hyparquet. */
export async function readParquet(
  bytes: Uint8Array,
): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly metadata: FileMetaData }> {
  const file = Uint8Array.from(bytes).buffer;
  const compressors = {
    GZIP: (packed: Uint8Array) => gunzipSync(packed),
    ZSTD: (packed: Uint8Array) => zstdDecompressSync(packed),
  };
  return { rows: await parquetReadObjects({ file, compressors }), metadata: parquetMetadata(file) };
}

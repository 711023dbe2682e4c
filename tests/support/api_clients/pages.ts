// Every model's identifier, as somebody with the generated types would list them.
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] });

async function main(): Promise<void> {
  let cursor: string | undefined;
  do {
    const { data, error } = await client.GET("/api/v1/models/", {
      params: { query: { cursor, page_size: 200 } },
    });
    if (!data) throw new Error(error.detail);
    for (const model of data.results) console.log(model.identifier);
    cursor = data.next ? (new URL(data.next).searchParams.get("cursor") ?? undefined) : undefined;
  } while (cursor);
}

await main();

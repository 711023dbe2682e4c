// Calls a gateway with the official SDKs: one JSON line in, one out.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { createInterface } from 'node:readline';

const messages = [{ role: 'user', content: 'hello' }];

function call({ sdk, url, key, model, headers, retries }) {
  const options = { apiKey: key, defaultHeaders: headers, maxRetries: retries };
  if (sdk === 'anthropic') {
    const client = new Anthropic({ ...options, baseURL: url });
    return client.messages.create({ model, max_tokens: 9, messages });
  }
  const client = new OpenAI({ ...options, baseURL: `${url}/v1` });
  return client.chat.completions.create({ model, messages });
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    await call(JSON.parse(line));
    console.log(JSON.stringify({ status: 200, message: '' }));
  } catch (error) {
    console.log(JSON.stringify({ status: error.status ?? 0, message: error.message }));
  }
}

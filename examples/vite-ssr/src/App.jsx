import { useState } from 'react';

export function App({ day, days }) {
  const [isLong, setLong] = useState(false);
  return (
    <main>
      <h1>{day}</h1>
      <button onClick={() => setLong(!isLong)}>
        {isLong ? `${days * 24} hours` : `${days} days`}
      </button>
    </main>
  );
}

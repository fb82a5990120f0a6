// Arrivals: what one listener has received so far, and a way to wait for more.

export class Arrivals {
  items = [];
  waiting_ = new Set();

  add(item) {
    this.items.push(item);
    for (const check of this.waiting_) check();
  }

  /** Resolves with the items once `condition` holds for them. */
  when(condition) {
    if (condition(this.items)) return Promise.resolve(this.items);
    return new Promise((resolve) => {
      const check = () => {
        if (!condition(this.items)) return;
        this.waiting_.delete(check);
        resolve(this.items);
      };
      this.waiting_.add(check);
    });
  }

  count(number) {
    return this.when((items) => items.length >= number);
  }
}

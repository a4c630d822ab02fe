/** Lets the keys scroll what does not fit: it can have the focus as long as that is so. */

/** For `{@attach}`: each child of an element, now and later. */
export function keysScroll(element: Element): () => void {
  const look = (): void => {
    for (const child of element.children) {
      if (!(child instanceof HTMLElement)) continue;
      const isScrolled = child.scrollHeight > child.clientHeight + 1;
      if (isScrolled === 'scrolls' in child.dataset) continue;
      if (isScrolled) {
        child.dataset['scrolls'] = '';
        child.tabIndex = 0;
      } else {
        delete child.dataset['scrolls'];
        child.removeAttribute('tabindex');
      }
    }
  };
  const content = new MutationObserver(look);
  content.observe(element, { childList: true, subtree: true, characterData: true });
  const size = new ResizeObserver(look);
  size.observe(element);
  return () => {
    content.disconnect();
    size.disconnect();
  };
}

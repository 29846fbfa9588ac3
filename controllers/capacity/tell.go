// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// Run calls name with each recording that should ask for its place again, until the context
// ends.
func (p *Pools) Run(ctx context.Context, name func(types.NamespacedName)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.signal:
		}
		for _, next := range p.due() {
			name(next)
		}
	}
}

// due returns the recordings that nobody has told yet.
func (p *Pools) due() []types.NamespacedName {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := slices.Collect(maps.Keys(p.pending))
	clear(p.pending)
	return names
}

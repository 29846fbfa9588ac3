// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"context"
	"sync"

	"cloudrecording.dev/operator/controllers/notifications"
)

// finder is a RecipientFinder that a spec controls.
type finder struct {
	mu         sync.Mutex
	recipients map[string][]notifications.Recipient
	// starting are the recordings whose sid is not known, by channel and user ID.
	// beginning are those of a channel, with what the API server knows about them.
	starting  map[[2]string][]notifications.Recipient
	beginning map[string][]notifications.Recipient
	// uncached are the recordings that only the API server knows, by channel.
	uncached map[string][]notifications.Recipient
	standing notifications.Standing
	err      error
	// gate holds up who looks for recipients until it is closed; nil for nobody.
	gate <-chan struct{}

	// asked are the signers for which the API server was asked. askedTooOften makes
	// further requests fail.
	asked         [][]string
	askedTooOften bool
}

func (d *finder) Starting(_ context.Context, cname, uid string) ([]notifications.Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.starting[[2]string{cname, uid}], d.err
}

func (d *finder) Beginning(_ context.Context, cname string) ([]notifications.Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.beginning[cname], d.err
}

func (d *finder) Signers(hasSigned func([]byte) bool) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, recipients := range d.recipients {
		for _, recipient := range recipients {
			if hasSigned(recipient.Secret) {
				return []string{recipient.Name.Namespace}
			}
		}
	}
	return nil
}

func (d *finder) Claimants(_ context.Context, cname, _ string, signers []string) ([]notifications.Claimant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, signers)
	if d.askedTooOften {
		return nil, notifications.ErrAskedTooOften
	}
	var claimants []notifications.Claimant
	for _, recipient := range append(d.beginning[cname], d.uncached[cname]...) {
		claimants = append(claimants, notifications.Claimant{Recipient: recipient, Standing: d.standing})
	}
	return claimants, d.err
}

func (d *finder) start(cname, uid string, recipients ...notifications.Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.starting = map[[2]string][]notifications.Recipient{{cname, uid}: recipients}
}

func (d *finder) begin(standing notifications.Standing, cname string, recipients ...notifications.Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beginning, d.standing = map[string][]notifications.Recipient{cname: recipients}, standing
}

// hide makes recordings that have begun visible only in the API server.
func (d *finder) hide() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.uncached, d.beginning = d.beginning, nil
}

func (d *finder) Recipients(_ context.Context, sid string) ([]notifications.Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gate := d.gate; gate != nil {
		d.mu.Unlock()
		<-gate
		d.mu.Lock()
	}
	return d.recipients[sid], d.err
}

func (d *finder) hold(gate <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gate = gate
}

func (d *finder) set(sid string, recipients ...notifications.Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recipients[sid] = recipients
}

func (d *finder) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// unowned records what it receives.
type unowned struct {
	mu         sync.Mutex
	events     []notifications.Event
	namespaces []string
}

func (u *unowned) Heard(_ context.Context, event notifications.Event, namespace string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.events, u.namespaces = append(u.events, event), append(u.namespaces, namespace)
}

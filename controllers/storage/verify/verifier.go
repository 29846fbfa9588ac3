// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"time"

	"cloudrecording.dev/operator/controllers/storage"
)

// Options are the settings of a Verifier.
type Options struct {
	// Endpoints are the addresses that requests may be sent to.
	Endpoints storage.Endpoints

	// Addresses are the addresses within a cluster or a private network that an allowed
	// name may resolve to. Public addresses are always allowed.
	Addresses []netip.Prefix

	// Timeout limits one verification, not including the wait for its turn. Default: 2
	// minutes.
	Timeout time.Duration

	// Concurrency limits how many verifications run at the same time. Default: 32.
	Concurrency int

	// ConcurrencyPerOwner limits how many of them have the same owner. Default: 8.
	ConcurrencyPerOwner int

	// ConcurrencyPerBucket limits how many verifications of one owner read the same
	// bucket. Default: 2.
	ConcurrencyPerBucket int

	// Limits limit how much one verification reads.
	Limits Limits
}

// Limits limit how much one verification reads. Zero means the default.
type Limits struct {
	// Pages limits the listed pages of 1,000 keys. Default: 2,000.
	Pages int

	// Files limits the number of indexes and MP4 files. Default: 1,000.
	Files int

	// IndexBytes limits the size of an index. Default: 64 MiB.
	IndexBytes int64

	// LineBytes limits the length of a line in an index. Default: 4 KiB.
	LineBytes int

	// OutOfOrder limits how many slices the indexes may name out of the order of their
	// names. Only these slices are kept in memory. Default: 10,000.
	OutOfOrder int

	// Bytes limits how much is read in total. Default: 1 GiB.
	Bytes int64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Pages:      cmp.Or(l.Pages, 2_000),
		Files:      cmp.Or(l.Files, 1_000),
		IndexBytes: cmp.Or(l.IndexBytes, 64<<20),
		LineBytes:  cmp.Or(l.LineBytes, 4<<10),
		OutOfOrder: cmp.Or(l.OutOfOrder, 10_000),
		Bytes:      cmp.Or(l.Bytes, 1<<30),
	}
}

// Verifier determines whether recordings are complete in their buckets. It is safe for
// concurrent use.
type Verifier struct {
	endpoints storage.Endpoints
	timeout   time.Duration
	limits    Limits
	limiter   *concurrencyLimiter
	transport http.RoundTripper
}

// New returns a Verifier.
func New(options Options) *Verifier {
	return &Verifier{
		endpoints: options.Endpoints,
		timeout:   cmp.Or(options.Timeout, 2*time.Minute),
		limits:    options.Limits.withDefaults(),
		limiter: newConcurrencyLimiter(
			cmp.Or(options.Concurrency, 32),
			cmp.Or(options.ConcurrencyPerOwner, 8),
			cmp.Or(options.ConcurrencyPerBucket, 2),
		),
		transport: newTransport(newDialer(options.Addresses)),
	}
}

var validSID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Verify looks for the recording in the bucket. If it cannot determine the result, it
// returns a *storage.Problem. If the caller cancels, it returns the context's error.
//
// It waits while other verifications of the same owner or the same bucket are running, as
// long as the context allows. Call it from a goroutine of its own.
func (v *Verifier) Verify(ctx context.Context, location storage.Location, credentials storage.Credentials, recording storage.Recording) (storage.Finding, error) {
	if !validSID.MatchString(recording.SID) {
		return storage.Finding{}, errors.New("the recording to look for in the bucket has no usable sid")
	}
	target, unusable := v.endpoints.Resolve(location, credentials)
	if unusable != nil {
		return storage.Finding{}, unusable
	}
	release, err := v.limiter.acquire(ctx, recording.Owner, target.URL().String())
	if errors.Is(err, context.DeadlineExceeded) {
		return storage.Finding{}, storage.Problemf(storage.Busy, "Other recordings are being looked for, and the bucket %s at %s did not have its turn in time. The operator looks again later.", location.Bucket, target.Name)
	}
	if err != nil {
		return storage.Finding{}, fmt.Errorf("waiting to look into the bucket: %w", err)
	}
	defer release()

	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	return v.look(ctx, target, location, credentials, recording)
}

func (v *Verifier) look(ctx context.Context, target storage.Target, location storage.Location, credentials storage.Credentials, recording storage.Recording) (storage.Finding, error) {
	bucket, err := openBucket(ctx, target, credentials, v.limits, v.transport)
	if err != nil {
		return storage.Finding{}, err
	}
	defer bucket.close()
	return newScan(bucket, location.Prefix(), recording).run(ctx)
}

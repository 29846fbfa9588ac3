// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"cloudrecording.dev/operator/controllers/storage"
)

// pageSize is the number of keys that one request lists.
const pageSize = 1000

var (
	// errGone means that a listed file is no longer there.
	errGone = errors.New("there is no such file")

	// errTooManyPages means that a listing exceeds the limit of pages.
	errTooManyPages = errors.New("the listing is too long")

	// errNonsense means that an answer is not valid for the request.
	errNonsense = errors.New("the answer makes no sense")
)

// object is a file in a listing.
type object struct {
	key  string
	size int64
}

// bucket lists and reads within the limits of one verification.
type bucket struct {
	target    storage.Target
	blob      *blob.Bucket
	limits    Limits
	allowance *allowance
	pages     int
}

// openBucket prepares access to the target. It sends no requests.
func openBucket(ctx context.Context, target storage.Target, credentials storage.Credentials, limits Limits, transport http.RoundTripper) (*bucket, error) {
	allowance := &allowance{bytes: limits.Bytes}
	address := target.URL()
	guard := &guard{next: transport, scheme: address.Scheme, host: address.Host, allowance: allowance, listing: "<ListBucketResult"}
	open := openS3
	if target.IsAzure() {
		guard.listing = "<EnumerationResults"
		open = openAzure
	}
	opened, err := open(ctx, target, credentials, guard.client())
	if err != nil {
		return nil, err
	}
	return &bucket{target: target, blob: opened, limits: limits, allowance: allowance}, nil
}

// close sends nothing, so its error does not matter.
func (b *bucket) close() {
	_ = b.blob.Close()
}

// list visits the files whose keys begin with the prefix, page by page, in the order of
// their keys.
func (b *bucket) list(ctx context.Context, prefix string, visit func(object) error) error {
	last := ""
	for token := blob.FirstPageToken; len(token) > 0; {
		objects, next, err := b.page(ctx, token, pageSize, prefix)
		if err != nil {
			return b.explain(ctx, err)
		}
		for _, listed := range objects {
			if !strings.HasPrefix(listed.Key, prefix) || listed.Key <= last || listed.Size < 0 {
				return b.explain(ctx, errNonsense)
			}
			last = listed.Key
			if err := visit(object{key: listed.Key, size: listed.Size}); err != nil {
				return err
			}
		}
		if bytes.Equal(next, token) {
			return b.explain(ctx, errNonsense)
		}
		token = next
	}
	return nil
}

// find returns the file with the key.
func (b *bucket) find(ctx context.Context, key string) (found object, ok bool, err error) {
	objects, _, err := b.page(ctx, blob.FirstPageToken, 1, key)
	if err != nil {
		return object{}, false, b.explain(ctx, err)
	}
	if len(objects) == 0 || objects[0].Key != key {
		return object{}, false, nil
	}
	return object{key: key, size: objects[0].Size}, true, nil
}

func (b *bucket) page(ctx context.Context, token []byte, size int, prefix string) (objects []*blob.ListObject, next []byte, err error) {
	defer recoverNonsense(&err)
	return b.blob.ListPage(ctx, token, size, &blob.ListOptions{
		Prefix: prefix,
		// ListPage repeats the request within one call if a page is empty and more
		// follow.
		BeforeList: func(func(any) bool) error {
			b.pages++
			if b.pages > b.limits.Pages {
				return errTooManyPages
			}
			return ctx.Err()
		},
	})
}

// read opens a file, or returns errGone.
func (b *bucket) read(ctx context.Context, key string) (io.ReadCloser, error) {
	reader, err := b.open(withFileLimit(ctx, b.limits.IndexBytes), key)
	if err != nil && gcerrors.Code(err) == gcerrors.NotFound && !isBucketMissing(err) {
		return nil, errGone
	}
	if err != nil {
		return nil, b.explain(ctx, err)
	}
	return reader, nil
}

func (b *bucket) open(ctx context.Context, key string) (reader *blob.Reader, err error) {
	defer recoverNonsense(&err)
	return b.blob.NewReader(ctx, key, nil)
}

// recoverNonsense converts a panic to an error. The libraries panic when an answer lacks
// a part that every answer should have.
func recoverNonsense(err *error) {
	switch recovered := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("%w: %w", errNonsense, recovered)
	default:
		panic(recovered)
	}
}

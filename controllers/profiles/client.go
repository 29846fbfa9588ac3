// SPDX-License-Identifier: Apache-2.0

package profiles

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

// NewReader returns a reader whose recordings have their effective spec, with what their
// profiles gave.
func NewReader(from client.Reader) client.Reader { return reader{from} }

// NewClient returns a client whose recordings have their effective spec, even after they
// were written. A patch contains only what differs, so nothing from a profile is written.
func NewClient(from client.Client) client.Client {
	return resolvingClient{from, NewReader(from)}
}

type reader struct{ from client.Reader }

func (r reader) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return resolved(object, r.from.Get(ctx, key, object, options...))
}

func (r reader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if err := r.from.List(ctx, list, options...); err != nil {
		return err //nolint:wrapcheck // whoever reads says what
	}
	if recordings, ok := list.(*v1alpha1.CloudRecordingList); ok {
		for i := range recordings.Items {
			resolution.Apply(&recordings.Items[i])
		}
	}
	return nil
}

type resolvingClient struct {
	client.Client
	reader client.Reader
}

func (c resolvingClient) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return c.reader.Get(ctx, key, object, options...) //nolint:wrapcheck // whoever reads says what
}

func (c resolvingClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return c.reader.List(ctx, list, options...) //nolint:wrapcheck // whoever reads says what
}

func (c resolvingClient) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	return written(object, func() error { return c.Client.Patch(ctx, object, patch, options...) })
}

func (c resolvingClient) Status() client.SubResourceWriter { return statusWriter{c.Client.Status()} }

type statusWriter struct{ client.SubResourceWriter }

func (w statusWriter) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	return written(object, func() error { return w.SubResourceWriter.Patch(ctx, object, patch, options...) })
}

// written preserves the effective spec of a recording that is written. The answer is read
// into the object, and replaces only the fields that the answer has.
func written(object client.Object, write func() error) error {
	recording, ok := object.(*v1alpha1.CloudRecording)
	if !ok {
		return write()
	}
	holds := *recording.Spec.DeepCopy()
	err := write()
	recording.Spec = holds
	return err
}

// resolved applies what its profile gave to a recording that was read without an error.
func resolved(object client.Object, err error) error {
	if recording, ok := object.(*v1alpha1.CloudRecording); ok && err == nil {
		resolution.Apply(recording)
	}
	return err
}

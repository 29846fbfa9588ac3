// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// numbered is a replica that knows the number of its current process.
type numbered interface{ number() int }

// apiClient is an operator replica, as the API server sees it.
type apiClient struct {
	operator numbered
	// cut is the number of outages that currently cut the client off.
	cut int
	// connected is canceled when the client is cut off.
	connected  context.Context //nolint:containedctx // it is how requests under way end
	disconnect context.CancelFunc
}

func (c *apiClient) connect() { c.connected, c.disconnect = context.WithCancel(context.Background()) }

// clientOf returns the client that makes a request, and the context that is canceled when the
// client is cut off. It returns nil for an unknown client.
func (p *apiServerProxy) clientOf(r *http.Request) (client *apiClient, connected context.Context) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.change(func() {
		if client = p.clients[token]; client != nil {
			connected = client.connected
		}
	})
	return client, connected
}

// askedBy is the context key of the number of the process that makes a request.
type askedBy struct{}

// noteLease records the acquisition, renewal, or release of a lease.
func (p *apiServerProxy) noteLease(response *http.Response) error {
	request := response.Request
	isWrite := request.Method == http.MethodPost || request.Method == http.MethodPut
	if !isWrite || !strings.Contains(request.URL.Path, "/"+plan.Leases) || response.StatusCode >= http.StatusMultipleChoices {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	decoded, _, err := clientgoscheme.Codecs.UniversalDeserializer().Decode(body, nil, nil)
	lease, isLease := decoded.(*coordinationv1.Lease)
	if err != nil || !isLease {
		// The client must handle the unexpected body.
		return nil
	}
	process, _ := request.Context().Value(askedBy{}).(int)
	p.leases.Add(record.LeaseWrite{
		Process: process, Lease: lease.Name, IsHeld: ptr.Deref(lease.Spec.HolderIdentity, "") != "", At: time.Now(),
	})
	return nil
}

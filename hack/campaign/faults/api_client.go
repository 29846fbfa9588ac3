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

// numbered is a replica, which knows the number of its process.
type numbered interface{ number() int }

// apiClient is an operator's replica, as the API server sees it.
type apiClient struct {
	operator numbered
	// cut counts who wants it cut off.
	cut int
	// connected ends when it is cut off.
	connected  context.Context //nolint:containedctx // it is how requests under way end
	disconnect context.CancelFunc
}

func (c *apiClient) connect() { c.connected, c.disconnect = context.WithCancel(context.Background()) }

// clientOf returns who makes a request, and what ends when that is cut off; nil for nobody.
func (p *apiServerProxy) clientOf(r *http.Request) (client *apiClient, connected context.Context) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.change(func() {
		if client = p.clients[token]; client != nil {
			connected = client.connected
		}
	})
	return client, connected
}

// askedBy is the key of the number of the process that makes a request.
type askedBy struct{}

// noteLease notes that a lease was taken, renewed or released.
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
		// It is the client's to make something of.
		return nil
	}
	process, _ := request.Context().Value(askedBy{}).(int)
	p.leases.Add(record.LeaseWrite{
		Process: process, Lease: lease.Name, IsHeld: ptr.Deref(lease.Spec.HolderIdentity, "") != "", At: time.Now(),
	})
	return nil
}

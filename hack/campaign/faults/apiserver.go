// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

// apiServerProxy is a proxy between the operators and the API server.
type apiServerProxy struct {
	faultProxy
	// clients are the operators by token.
	clients map[string]*apiClient
	// leases are the writes of leases that took effect.
	leases record.Log[record.LeaseWrite]
	// refused are the refusals of status writes by object.
	refused map[plan.Object]plan.Action
	// outgrown are the objects whose statuses the API server found too large.
	outgrown record.Log[plan.Object]
}

// newAPIServerProxy starts a proxy in front of the API server of a configuration. It forwards
// requests with the permissions of that configuration.
func newAPIServerProxy(config *rest.Config) (*apiServerProxy, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	p := &apiServerProxy{clients: map[string]*apiClient{}, refused: map[plan.Object]plan.Action{}}
	if p.proxy, err = testenv.NewProxy(config.Host, transport); err != nil {
		return nil, err
	}
	rewrite := p.proxy.Rewrite
	p.proxy.Rewrite = func(r *httputil.ProxyRequest) {
		rewrite(r)
		r.Out.Header.Del("Authorization")
	}
	p.proxy.ModifyResponse = func(response *http.Response) error {
		if err := p.noteLease(response); err != nil {
			return err
		}
		if response.Request.Context().Value(answerLost{}) != nil {
			return errors.New("the answer is lost")
		}
		return p.noteOutgrown(response)
	}
	p.server = testenv.NewServer(p)
	p.server.EnableHTTP2 = true
	p.server.StartTLS()
	return p, nil
}

// ServeHTTP forwards a request unless an outage or a fault applies to it.
func (p *apiServerProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, isConnected := p.clientOf(r)
	if client == nil {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), askedBy{}, client.operator.number()))
	defer cancel()
	defer context.AfterFunc(isConnected, cancel)()
	r = r.WithContext(ctx)
	refusal, isRefused := p.refusalOf(r)
	switch {
	case isConnected.Err() != nil:
		panic(http.ErrAbortHandler)
	case isRefused:
		p.struck.Add(refusal.String())
		refuse(w, refusal.How)
	default:
		p.faultProxy.ServeHTTP(w, r)
	}
}

// longestRefusal exceeds the size of any answer by which the API server refuses a write.
const longestRefusal = 1 << 16

// noteOutgrown records that a status is too large for the API server.
func (p *apiServerProxy) noteOutgrown(response *http.Response) error {
	name, isWrite := statusWriteOf(response.Request)
	if !isWrite || response.StatusCode < http.StatusBadRequest {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, longestRefusal))
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if response.StatusCode == http.StatusRequestEntityTooLarge || bytes.Contains(body, []byte("too large")) {
		p.outgrown.Add(name)
	}
	return nil
}

// writeKubeconfig writes a kubeconfig with which an operator uses the proxy, and returns the
// client that this makes of the operator.
func (p *apiServerProxy) writeKubeconfig(path string, operator numbered) (*apiClient, error) {
	const name = "campaign"
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: p.server.URL, CertificateAuthorityData: certificate}
	token := rand.Text()
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return nil, fmt.Errorf("write the kubeconfig of an operator: %w", err)
	}
	client := &apiClient{operator: operator}
	client.connect()
	p.change(func() { p.clients[token] = client })
	return client, nil
}

// cutOff cuts a client off from the API server until restore is called.
func (p *apiServerProxy) cutOff(client *apiClient) (restore func()) {
	p.change(func() {
		client.cut++
		client.disconnect()
	})
	return sync.OnceFunc(func() {
		p.change(func() {
			if client.cut--; client.cut == 0 {
				client.connect()
			}
		})
	})
}

// refuse refuses every status write of a recording until accept is called.
func (p *apiServerProxy) refuse(a plan.Action) (accept func()) {
	p.change(func() { p.refused[a.Recording.Object()] = a })
	return func() { p.change(func() { delete(p.refused, a.Recording.Object()) }) }
}

// refusalOf returns the refusal that applies to a request, if there is one.
func (p *apiServerProxy) refusalOf(r *http.Request) (refusal plan.Action, isRefused bool) {
	name, isWrite := statusWriteOf(r)
	p.change(func() { refusal, isRefused = p.refused[name] })
	return refusal, isWrite && isRefused
}

// statusWriteOf returns the object whose status a request writes, if it is a status write.
func statusWriteOf(r *http.Request) (plan.Object, bool) {
	if r.Method != http.MethodPatch && r.Method != http.MethodPut {
		return plan.Object{}, false
	}
	_, rest, _ := strings.Cut(r.URL.Path, "/namespaces/")
	parts := strings.Split(rest, "/")
	const ofStatus = 4
	if len(parts) != ofStatus || parts[1] != "cloudrecordings" || parts[3] != "status" {
		return plan.Object{}, false
	}
	return plan.Object{Namespace: parts[0], Name: parts[2]}, true
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"cloudrecording.dev/operator/hack/testenv"
)

// apiEffect is what a fault does to a request to the API server.
type apiEffect string

const (
	// apiSlow lets a request wait.
	apiSlow apiEffect = "slow answer"
	// apiConflict answers a write with 409, without acting.
	apiConflict apiEffect = "409 to a write"
	// apiTooMany answers a write with 429 and Retry-After, without acting.
	apiTooMany apiEffect = "429 to a write"
	// apiFailure answers a write with 500, without acting.
	apiFailure apiEffect = "500 to a write"
	// apiCut closes all connections, those of watches too.
	apiCut apiEffect = "cut connections"
	// apiLost acts on a write, and closes its stream without an answer.
	apiLost apiEffect = "write whose answer is lost"
)

// apiFault strikes requests of the operators to the API server.
type apiFault struct {
	effect apiEffect
	// resource restricts it to a part of the path, such as cloudrecordings;
	// empty for all but the leader's lease, which is asked for expressly.
	resource string
	// delay is for apiSlow.
	delay time.Duration
}

const leases = "leases"

// isFor says whether a fault is for a request.
func (f apiFault) isFor(r *http.Request) bool {
	isWrite := r.Method != http.MethodGet && r.Method != http.MethodHead
	if f.effect != apiSlow && f.effect != apiCut && !isWrite {
		return false
	}
	if f.resource == "" {
		return !strings.Contains(r.URL.Path, "/"+leases)
	}
	return strings.Contains(r.URL.Path, "/"+f.resource)
}

// apiServerProxy stands between the operators and the API server.
type apiServerProxy struct {
	server *httptest.Server
	token  string
	faults faultQueue[apiFault]
	proxy  *httputil.ReverseProxy
	// troubles get the times in which faults struck.
	troubles *log[span]
	outages  apiOutages
	// outgrown are the writes that the API server found too large.
	outgrown log[outgrown]
}

// lost marks a request whose answer is lost.
type lost struct{}

// newAPIServerProxy starts a proxy before the API server that a configuration
// reaches. Requests pass with its rights.
func newAPIServerProxy(config *rest.Config, troubles *log[span]) (*apiServerProxy, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("reach the API server: %w", err)
	}
	p := &apiServerProxy{token: rand.Text(), troubles: troubles}
	if p.proxy, err = testenv.NewProxy(config.Host, transport); err != nil {
		return nil, err
	}
	rewrite := p.proxy.Rewrite
	p.proxy.Rewrite = func(r *httputil.ProxyRequest) {
		rewrite(r)
		r.Out.Header.Del("Authorization")
	}
	p.proxy.ModifyResponse = func(response *http.Response) error {
		if response.Request.Context().Value(lost{}) != nil {
			return errAnswerLost
		}
		return p.noteOutgrown(response)
	}
	p.server = testenv.NewServer(p)
	p.server.EnableHTTP2 = true
	p.server.StartTLS()
	return p, nil
}

// troubleAfter is how long a fault is felt: what failed is tried again.
const troubleAfter = time.Second

var errAnswerLost = errors.New("the answer is lost")

// ServeHTTP passes a request on, unless a fault strikes it.
func (p *apiServerProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+p.token {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	if p.outages.isCutOff() {
		panic(http.ErrAbortHandler)
	}
	if with, refused := p.outages.refusalFor(r); refused {
		p.faults.struck.add(with.kind())
		with.answer(w)
		return
	}
	fault, struck := p.faults.strike(func(f apiFault) bool { return f.isFor(r) })
	if !struck {
		p.proxy.ServeHTTP(w, r)
		return
	}
	begin := time.Now()
	p.troubles.add(span{begin, begin.Add(fault.delay + troubleAfter)})
	switch fault.effect {
	case apiSlow:
		select {
		case <-time.After(fault.delay):
		case <-r.Context().Done():
		}
		p.proxy.ServeHTTP(w, r)
	case apiConflict:
		refuse(w, http.StatusConflict, metav1.StatusReasonConflict, refusedByCampaign)
	case apiTooMany:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, refusedByCampaign)
	case apiFailure:
		refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError, refusedByCampaign)
	case apiCut:
		p.server.CloseClientConnections()
		panic(http.ErrAbortHandler)
	case apiLost:
		p.proxy.ServeHTTP(w, r.WithContext(withLost(r)))
	}
}

const refusedByCampaign = "the campaign refuses this write"

// refuse answers as the API server does.
func refuse(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(code))
	// A client that has gone cannot be told anything.
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: code, Reason: reason, Message: message,
	})
}

// writeKubeconfig writes a file by which the operators reach the proxy.
func (p *apiServerProxy) writeKubeconfig(path string) error {
	const name = "campaign"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server: p.server.URL,
		CertificateAuthorityData: pem.EncodeToMemory(&pem.Block{
			Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw,
		}),
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: p.token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write the kubeconfig of the operators: %w", err)
	}
	return nil
}

func (p *apiServerProxy) close() error { return closeServer(p.server) }

func withLost(r *http.Request) context.Context { return context.WithValue(r.Context(), lost{}, true) }

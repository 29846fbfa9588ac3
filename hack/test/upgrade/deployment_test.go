// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"cloudrecording.dev/operator/hack/testenv"
)

const (
	systemNamespace = "cloudrecording-system"
	serviceAccount  = "cloudrecording-controller-manager"
	replicas        = 2
)

// deployment replaces the operator's Deployment and the Service in front of it.
type deployment struct {
	kubeconfig string
	service    *service
	running    []*replica
	// started are all replicas that were ever started.
	started []*replica
	// logs are the logs of all of them.
	logs *gbytes.Buffer
}

// replica is a pod of the operator.
type replica struct {
	*testenv.Operator
	receiver string
}

// newDeployment returns a deployment without replicas. The installation must contain its
// ServiceAccount.
func newDeployment(ctx context.Context) *deployment {
	GinkgoHelper()
	d := &deployment{kubeconfig: kubeconfigOfOperator(ctx), service: newService(), logs: gbytes.NewBuffer()}
	DeferCleanup(func() {
		for _, started := range d.started {
			started.Kill()
		}
	})
	return d
}

// kubeconfigOfOperator writes a kubeconfig with a token of the operator's ServiceAccount, as
// its pods have it.
func kubeconfigOfOperator(ctx context.Context) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: serviceAccount}}
	token := &authenticationv1.TokenRequest{}
	Expect(k8sClient.SubResource("token").Create(ctx, account, token)).To(Succeed())
	config, err := clientcmd.LoadFromFile(plane.Kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	}
	file := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(clientcmd.WriteToFile(*config, file)).To(Succeed())
	return file
}

// roll replaces the replicas with those of a version, as a Deployment does. Each is started and
// ready before one of the others is told to terminate, and the next does not wait for its end.
// When roll returns, all old replicas have ended.
func (d *deployment) roll(ctx context.Context, v version) {
	GinkgoHelper()
	By("rolling the replicas over to " + v.name)
	before := d.running
	d.running = nil
	var ending sync.WaitGroup
	failures := make([]error, len(before))
	for i := range replicas {
		started := d.start(ctx, v)
		d.running = append(d.running, started)
		d.service.add(started.receiver)
		if i < len(before) {
			d.service.remove(before[i].receiver)
			ending.Go(func() { failures[i] = before[i].Stop() })
		}
	}
	ending.Wait()
	Expect(errors.Join(failures...)).To(Succeed(), "a replica that is told to end does so in order")
}

// start starts a replica with the flags of the Deployment, except for free addresses and
// intervals of at most a second.
func (d *deployment) start(ctx context.Context, v version) *replica {
	GinkgoHelper()
	receiver, err := testenv.FreeAddress(ctx)
	Expect(err).NotTo(HaveOccurred())
	arguments := slices.DeleteFunc(slices.Clone(v.arguments), func(argument string) bool {
		return strings.HasPrefix(argument, "--health-probe-bind-address=")
	})
	operator, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: v.operator, Kubeconfig: d.kubeconfig, Output: io.MultiWriter(d.logs, GinkgoWriter),
		Arguments: append(arguments,
			"--agora-endpoints="+agora.URL, "--allowed-storage-endpoints="+bucket.Server.Endpoint,
			"--metrics-bind-address=0", "--notifications-bind-address="+receiver,
			"--notifications-namespace="+systemNamespace, "--leader-election-namespace="+systemNamespace,
			"--leader-election-lease-duration=20s", "--leader-election-renew-deadline=15s", "--leader-election-retry-period=1s",
			"--poll-interval=1s", "--not-found-grace=2s", "--upload-recheck-min=200ms", "--upload-recheck-max=1s",
			"--upload-settle-time=10m", "--requests-per-second=100", "--allow-unsafe-timings",
		),
	})
	Expect(err).NotTo(HaveOccurred(), "starting %s", v.name)
	started := &replica{Operator: operator, receiver: receiver}
	d.started = append(d.started, started)
	return started
}

// service forwards notifications to the replicas in turn. Agora repeats those that cannot be
// forwarded.
type service struct {
	URL string

	mu        sync.Mutex
	receivers []string
	next      int
}

func newService() *service {
	s := &service{}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", s.pick() },
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorLog:  testenv.Quiet(),
	})
	DeferCleanup(server.Close)
	s.URL = server.URL
	return s
}

func (s *service) add(receiver string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers = append(s.receivers, receiver)
}

func (s *service) remove(receiver string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers = slices.DeleteFunc(s.receivers, func(r string) bool { return r == receiver })
}

func (s *service) pick() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.receivers) == 0 {
		return ""
	}
	s.next++
	return s.receivers[s.next%len(s.receivers)]
}

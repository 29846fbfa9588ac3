// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// lesson is the recording that most notifications are about.
func lesson() Recipient {
	return Recipient{
		Name: types.NamespacedName{Namespace: "school", Name: "lesson"}, UID: "lesson-1", Secret: []byte(lessonSecret),
	}
}

// directory is what a spec says there is.
type directory struct {
	mu         sync.Mutex
	recipients map[string][]Recipient
	// starting are those whose sid is not known, by their channel and user ID, and
	// beginning those of a channel with what the API server knows of them.
	starting  map[[2]string][]Recipient
	beginning map[string][]Recipient
	// unheard are those that only the API server knows, by their channel.
	unheard  map[string][]Recipient
	standing Standing
	err      error

	// asked are the signers for whom the API server was asked, and askedTooOften says
	// that it is not any more.
	asked         [][]string
	askedTooOften bool
}

func (d *directory) Starting(_ context.Context, cname, uid string) ([]Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.starting[[2]string{cname, uid}], d.err
}

func (d *directory) Beginning(_ context.Context, cname string) ([]Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.beginning[cname], d.err
}

func (d *directory) Signers(hasSigned func([]byte) bool) []string {
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

func (d *directory) Claimants(_ context.Context, cname, _ string, signers []string) ([]Claimant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, signers)
	if d.askedTooOften {
		return nil, ErrAskedTooOften
	}
	var claimants []Claimant
	for _, recipient := range append(d.beginning[cname], d.unheard[cname]...) {
		claimants = append(claimants, Claimant{Recipient: recipient, Standing: d.standing})
	}
	return claimants, d.err
}

func (d *directory) start(cname, uid string, recipients ...Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.starting = map[[2]string][]Recipient{{cname, uid}: recipients}
}

func (d *directory) begin(standing Standing, cname string, recipients ...Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beginning, d.standing = map[string][]Recipient{cname: recipients}, standing
}

// hide lets only the API server know what has begun.
func (d *directory) hide() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unheard, d.beginning = d.beginning, nil
}

func (d *directory) Recipients(_ context.Context, sid string) ([]Recipient, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.recipients[sid], d.err
}

func (d *directory) set(sid string, recipients ...Recipient) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recipients[sid] = recipients
}

func (d *directory) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// network stands between a replica and the API server.
type network struct {
	// creations counts the ConfigMaps that the replica wanted to create.
	creations atomic.Int32

	mu    sync.Mutex
	fault func(*http.Request) error
}

func (n *network) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method == http.MethodPost {
			n.creations.Add(1)
		}
		n.mu.Lock()
		fault := n.fault
		n.mu.Unlock()
		if fault != nil && request.Method != http.MethodGet {
			if err := fault(request); err != nil {
				return nil, err
			}
		}
		return next.RoundTrip(request)
	})
}

// set makes every write pass through a fault, or through none.
func (n *network) set(fault func(*http.Request) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// refuse is a fault: nothing gets through.
func refuse(*http.Request) error { return errors.New("the API server is away") }

// contradict is a fault: every write is answered with a conflict.
func contradict(*http.Request) error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "any", errors.New("it has changed"))
}

// hang is a fault: there is no answer.
func hang(request *http.Request) error {
	<-request.Context().Done()
	return request.Context().Err()
}

// holdUntil is a fault: nothing gets through before the gate is opened.
func holdUntil(gate <-chan struct{}) func(*http.Request) error {
	return func(request *http.Request) error {
		select {
		case <-gate:
			return nil
		case <-request.Context().Done():
			return request.Context().Err()
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// createNamespace returns the name of a namespace for an operator.
func createNamespace(ctx context.Context) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "operator-"}}
	Expect(k8sClient.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

// replica is a process of the operator, as far as notifications go.
type replica struct {
	namespace string
	directory *directory
	network   *network
	inbox     *Inbox
	journal   *Journal
	receiver  *Receiver
	registry  *prometheus.Registry
	logs      *gbytes.Buffer
	url       string
	client    *http.Client
	// stop ends the replica as SIGTERM does.
	stop func()
}

// begin starts a replica in a namespace of its own.
func begin(ctx context.Context, change func(*Options)) *replica {
	GinkgoHelper()
	return beginIn(ctx, createNamespace(ctx), change)
}

// beginIn starts a replica in a namespace. It ends with the spec, or by stop.
func beginIn(ctx context.Context, namespace string, change func(*Options)) *replica {
	GinkgoHelper()
	return beginWith(ctx, namespace, change, nil)
}

// beginWith starts a replica whose inbox works with other options, too.
func beginWith(ctx context.Context, namespace string, change func(*Options), changeInbox func(*InboxOptions)) *replica {
	GinkgoHelper()
	r := &replica{
		namespace: namespace,
		directory: &directory{recipients: map[string][]Recipient{lessonSID: {lesson()}}},
		network:   &network{},
		registry:  prometheus.NewRegistry(),
		logs:      gbytes.NewBuffer(),
		client:    &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
	}
	logger := zap.New(zap.WriteTo(r.logs), zap.UseDevMode(true))
	restConfig := rest.CopyConfig(cluster.Config)
	restConfig.Wrap(r.network.wrap)
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:                 clientgoscheme.Scheme,
		Cache:                  cache.Options{ByObject: map[client.Object]cache.ByObject{&corev1.ConfigMap{}: CacheByObject(namespace, "")}},
		Logger:                 logger,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
	})
	Expect(err).NotTo(HaveOccurred())

	metrics, err := NewMetrics(r.registry)
	Expect(err).NotTo(HaveOccurred())
	inboxOptions := InboxOptions{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder("cloudrecording-operator"),
		Namespace: namespace, Metrics: metrics, Logger: logger,
	}
	if changeInbox != nil {
		changeInbox(&inboxOptions)
	}
	r.inbox = NewInbox(inboxOptions)
	Expect(r.inbox.SetupWithManager(ctx, mgr)).To(Succeed())
	r.journal = NewJournal(JournalOptions{Client: mgr.GetClient(), Namespace: namespace, Backlog: r.inbox})
	options := Options{Directory: r.directory, Journal: r.journal, Metrics: metrics, Logger: logger}
	if change != nil {
		change(&options)
	}
	r.receiver = NewReceiver(options)
	server, err := Listen(ctx, "127.0.0.1:0", r.receiver, logger)
	Expect(err).NotTo(HaveOccurred())
	Expect(mgr.Add(server)).To(Succeed())
	r.url = "http://" + server.Address() + "/"

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			var err error
			Eventually(ended).Should(Receive(&err))
			Expect(err).NotTo(HaveOccurred())
			r.client.CloseIdleConnections()
		})
	}
	DeferCleanup(func() {
		r.stop()
		r.expectNoSecrets()
	})
	return r
}

// expectNoSecrets checks all that the replica said.
func (r *replica) expectNoSecrets() {
	GinkgoHelper()
	for _, secret := range []string{lessonSecret, otherSecret, streamKey} {
		Expect(string(r.logs.Contents())).NotTo(ContainSubstring(secret))
	}
}

// reply is an answer to a notification.
type reply struct {
	Status int
	Result Result
	Header http.Header
}

// send sends a request as it is.
func (r *replica) send(request *http.Request) (reply, error) {
	response, err := r.client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	var body struct{ Result Result }
	err = json.Unmarshal(content, &body)
	return reply{Status: response.StatusCode, Result: body.Result, Header: response.Header}, err
}

// request returns a notification without a signature.
func (r *replica) request(ctx context.Context, body string) *http.Request {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, strings.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	return request
}

// post sends a notification that is signed with a secret.
func (r *replica) post(ctx context.Context, body, secret string) reply {
	GinkgoHelper()
	request := r.request(ctx, body)
	request.Header.Set(SignatureHeader, signV1(body, secret))
	request.Header.Set(SignatureV2Header, signV2(body, secret))
	answer, err := r.send(request)
	Expect(err).NotTo(HaveOccurred())
	return answer
}

// beAnswered is the whole answer.
func beAnswered(status int, result Result) OmegaMatcher {
	return And(HaveField("Status", status), HaveField("Result", result))
}

// accepted is the answer that Agora takes for good.
func accepted() OmegaMatcher { return beAnswered(http.StatusOK, Accepted) }

// batches returns a function that lists the journal.
func batches(ctx context.Context, namespace string) func(Gomega) []corev1.ConfigMap {
	return func(g Gomega) []corev1.ConfigMap {
		list := &corev1.ConfigMapList{}
		g.Expect(k8sClient.List(ctx, list, client.InNamespace(namespace), client.HasLabels{"cloudrecording.dev/notifications"})).To(Succeed())
		return list.Items
	}
}

// notices returns a function that tells the IDs of a recording's pending events.
func (r *replica) notices(uid types.UID) func() []string {
	return func() []string {
		ids := []string{}
		for _, event := range r.inbox.Pending(uid) {
			ids = append(ids, event.NoticeID)
		}
		return ids
	}
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gocloud.dev/blob"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/objectstore"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	endpointsEach     = 2
	bucketName        = "recordings"
	bucketSecret      = "bucket"
	writerSecret      = "bucket-writer"
	tokenSecret       = "token"
	logSize           = 1 << 20
	selfBuiltVendor   = 11
	receiverTimeout   = 10 * time.Second
	kubernetesAddress = "operators.kubeconfig"
)

// stage is what a campaign takes place on.
type stage struct {
	folder   string
	progress io.Writer

	plane  *controlplane.ControlPlane
	client client.Client
	proxy  *apiServerProxy
	fleet  *fleet

	vault   *vault
	agora   *agorasim.Simulator
	front   *agoraFront
	notices *notificationsFront

	store      *objectstore.Server
	bucket     *blob.Bucket
	gate       *bucketGate
	bucketSpec *v1alpha1.StorageSpec

	chronicle *chronicle

	// lessons are those of the plan, by their channels.
	lessons map[string]lesson

	restarting sync.Mutex
	troubles   log[span]
	stalls     stalls
	// unwritable is when an object's status could not be written, and deadlines until
	// when stops were to be asked for.
	unwritable log[ofObject]
	deadlines  log[deadline]

	mu sync.Mutex
	// callFaults and noticeFaults are what the simulator's faults were counted
	// as, by their IDs.
	callFaults, noticeFaults map[string]string
	// moves are when recorders were moved last, by sid.
	moves map[string]time.Time
}

// setStage builds and starts everything but the operators.
func (c campaign) setStage(ctx context.Context, p plan) (_ *stage, err error) {
	s := &stage{
		folder: c.folder, progress: c.progress, vault: newVault(c.options.seed), lessons: p.byChannel(),
		callFaults: map[string]string{}, noticeFaults: map[string]string{}, moves: map[string]time.Time{},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.strike())
		}
	}()
	binary := c.operator
	if binary == "" {
		s.say("building the operator")
		if binary, err = testenv.BuildOperator(ctx, c.folder); err != nil {
			return nil, err
		}
	}
	s.say("starting a control plane, an S3 server and the simulator")
	if err := s.startControlPlane(ctx, c.root); err != nil {
		return nil, err
	}
	if err := s.startStore(ctx); err != nil {
		return nil, err
	}
	s.startAgora()
	s.fleet = &fleet{binary: binary, kubeconfig: filepath.Join(c.folder, kubernetesAddress), folder: c.folder}
	for _, of := range replicas() {
		if err := s.fleet.add(ctx, of, s.front, endpointsEach); err != nil {
			return nil, err
		}
	}
	s.fleet.arguments = s.operatorFlags()
	s.startNotifications()
	if err := s.furnish(ctx); err != nil {
		return nil, err
	}
	s.chronicle, err = newChronicle(ctx, s.plane.EtcdURL, c.folder, s.looksWhole)
	return s, err
}

// looksWhole says whether all files of a recording are in the bucket. The bucket
// may show the last of them a moment before the simulator knows that it is written.
func (s *stage) looksWhole(sid string) bool {
	for begin := time.Now(); ; time.Sleep(writtenInterval) {
		recording, _ := s.agora.Recording(sid)
		if recording.LooksWhole || time.Since(begin) > writtenPatience {
			return recording.LooksWhole
		}
	}
}

const (
	writtenInterval = 20 * time.Millisecond
	writtenPatience = time.Second
)

func (s *stage) startControlPlane(ctx context.Context, root string) error {
	logs, err := os.Create(filepath.Join(s.folder, "controlplane.log"))
	if err != nil {
		return fmt.Errorf("create the control plane's log: %w", err)
	}
	s.plane, err = controlplane.Start(ctx, controlplane.Options{
		CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")}, Output: logs,
	})
	if err != nil {
		return err
	}
	if s.client, err = newClient(s.plane.Config); err != nil {
		return err
	}
	// Envtest limits how fast a client may ask.
	config := rest.CopyConfig(s.plane.Config)
	if s.proxy, err = newAPIServerProxy(config, &s.troubles); err != nil {
		return err
	}
	return s.proxy.writeKubeconfig(filepath.Join(s.folder, kubernetesAddress))
}

func newClient(config *rest.Config) (client.Client, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.QPS = -1
	config.Timeout = 0
	made, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("create a client: %w", err)
	}
	return made, nil
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	return scheme, nil
}

func (s *stage) startStore(ctx context.Context) (err error) {
	if s.store, err = objectstore.StartS3(ctx, objectstore.Options{}); err != nil {
		return err
	}
	if err = s.store.CreateBucket(ctx, bucketName); err != nil {
		return err
	}
	reader, err := s.store.AddReader(ctx, bucketName)
	if err != nil {
		return err
	}
	if s.bucket, err = s.store.Bucket(ctx, bucketName); err != nil {
		return err
	}
	if s.gate, err = newBucketGate(s.store.Endpoint); err != nil {
		return err
	}
	s.vault.bucketKey(reader.AccessKey, reader.SecretKey)
	s.vault.add(s.store.SecretKey, "secret key of the S3 server's administrator")
	s.bucketSpec = &v1alpha1.StorageSpec{
		Vendor: selfBuiltVendor, Bucket: bucketName, Endpoint: s.gate.server.URL,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketSecret},
	}
	return nil
}

func (s *stage) startAgora() {
	credentials := map[string]string{}
	owners := map[string]string{}
	appIDs := map[string]string{}
	for _, a := range accounts() {
		appIDs[a.appID] = a.name
		for _, customer := range append([]string{a.crowd}, a.customers...) {
			if customer != "" {
				credentials[customer], owners[customer] = s.vault.customer(customer), a.name
			}
		}
	}
	s.agora = agorasim.New(agorasim.Options{
		Credentials: credentials, AppIDs: appIDs, Speed: speed, RequestsPerSecond: defaultLimit,
		Bucket: s.bucket, RequestLogSize: logSize, NotificationTimeout: receiverTimeout,
		StateClockTime: true, UnixSliceNames: true, StartupStep: startupStep, ResourceIDValidity: resourceIDValidity, Scenario: s.scenario,
	})
	for customer, owner := range owners {
		s.agora.SetAccount(customer, owner)
	}
	for _, a := range accounts() {
		s.agora.SetRequestsPerSecond(a.customers[0], a.limit)
	}
	s.front = &agoraFront{agora: s.agora, accountOf: func(customer, secret string) string {
		if !s.vault.isValid(customer, secret) {
			return ""
		}
		return owners[customer]
	}}
}

func (s *stage) startNotifications() {
	var receivers []string
	for _, r := range s.fleet.of(shardMain) {
		receivers = append(receivers, r.receiver)
	}
	s.notices = newNotificationsFront(receivers, s.vault.signed)
}

// setNotifications has Agora sign with the present secrets.
func (s *stage) setNotifications() error {
	receivers := map[string]agorasim.Receiver{}
	for _, a := range accounts() {
		if a.silent {
			continue
		}
		receivers[a.appID] = agorasim.Receiver{URL: s.notices.server.URL, Secret: s.vault.receiver(a.name)}
	}
	return s.agora.SetNotifications(agorasim.Notifications{AppIDs: receivers})
}

// furnish creates the namespaces and Secrets.
func (s *stage) furnish(ctx context.Context) error {
	for _, name := range append(namespaces(), operatorNamespace) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := s.client.Create(ctx, namespace); err != nil {
			return fmt.Errorf("create namespace %s: %w", name, err)
		}
	}
	for _, name := range namespaces() {
		access, secret := s.vault.bucketKeys()
		object := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: bucketSecret},
			StringData: map[string]string{v1alpha1.AccessKeyKey: access, v1alpha1.SecretKeyKey: secret},
		}
		if err := s.client.Create(ctx, object); err != nil {
			return fmt.Errorf("create Secret %s: %w", bucketSecret, err)
		}
	}
	if err := s.restoreSecrets(ctx, namespaces()); err != nil {
		return err
	}
	return s.setNotifications()
}

// recordingOf returns how a lesson's recording is, if it has begun.
func (s *stage) recordingOf(l lesson) (agorasim.Recording, bool) {
	return s.agora.LatestRecording(l.options.AppID, l.options.CName, l.options.UID)
}

// scenario is how a recording goes that the operator starts. With a wrong token
// or a wrong key none comes up.
func (s *stage) scenario(request agorasim.StartRequest) agorasim.Scenario {
	l := s.lessons[request.CName]
	scenario := l.options.Scenario()
	scenario.NeverUp = l.fate == fateNeverUp || !s.vault.opens(request)
	return scenario
}

func (s *stage) addFault(kind string, fault agorasim.Fault) error {
	id, err := s.agora.AddFault(fault)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callFaults[id] = kind
	return nil
}

func (s *stage) addNoticeFault(kind string, fault agorasim.NotificationFault) error {
	id, err := s.agora.AddNotificationFault(fault)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noticeFaults[id] = kind
	return nil
}

// strike takes the stage down: everything but the operators, which have ended.
func (s *stage) strike() error {
	var err error
	if s.chronicle != nil {
		s.chronicle.close()
	}
	if s.agora != nil {
		s.agora.Close()
	}
	if s.notices != nil {
		s.notices.close()
	}
	if s.fleet != nil {
		for _, r := range s.fleet.replicas {
			for _, e := range r.endpoints {
				err = errors.Join(err, e.close())
			}
		}
	}
	if s.proxy != nil {
		s.proxy.close()
	}
	if s.gate != nil {
		s.gate.close()
	}
	if s.bucket != nil {
		err = errors.Join(err, s.bucket.Close())
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Stop())
	}
	if s.plane != nil {
		err = errors.Join(err, s.plane.Stop())
	}
	return err
}

// say tells people what goes on.
func (s *stage) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(s.progress, format+"\n", arguments...)
}

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

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	endpointsEach     = 2
	bucketSecret      = "bucket"
	writerSecret      = "bucket-writer"
	tokenSecret       = "token"
	logSize           = 1 << 20
	selfBuiltVendor   = 11
	receiverTimeout   = 10 * time.Second
	kubernetesAddress = "operators.kubeconfig"
)

// environment is what a campaign takes place in.
type environment struct {
	*testenv.Environment
	// ends has what ends it, but for the operators.
	ends testenv.Cleanup

	folder   string
	progress io.Writer

	proxy             *apiServerProxy
	fleet             *fleet
	vault             *vault
	agora             *agorasim.Simulator
	agoraProxy        *agoraProxy
	notificationProxy *notificationProxy
	bucketProxy       *bucketProxy
	bucketSpec        *v1alpha1.StorageSpec
	watchLog          *watchLog

	// recordings are those of the plan, by their channels.
	recordings map[string]recordingPlan

	restarting sync.Mutex
	troubles   log[span]
	stalls     stalls
	// unwritable is when an object's status could not be written, and deadlines until
	// when stops were to be asked for.
	unwritable log[ofObject]
	deadlines  log[deadline]

	mu sync.Mutex
	// callFaults and notificationFaults are what the simulator's faults were counted
	// as, by their IDs.
	callFaults, notificationFaults map[string]string
	// moves are when recorders were moved last, by sid.
	moves map[string]time.Time
}

// startEnvironment builds and starts everything but the operators.
func (c campaign) startEnvironment(ctx context.Context, p plan) (_ *environment, err error) {
	e := &environment{
		folder: c.folder, progress: c.progress, vault: newVault(c.options.seed), recordings: p.byChannel(),
		callFaults: map[string]string{}, notificationFaults: map[string]string{}, moves: map[string]time.Time{},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.ends.Run())
		}
	}()
	logs, err := os.Create(filepath.Join(c.folder, "controlplane.log"))
	if err != nil {
		return nil, fmt.Errorf("create the control plane's log: %w", err)
	}
	e.ends.Add(logs.Close)
	if e.Environment, err = testenv.Start(ctx, testenv.Options{
		Operator: c.operator, Bucket: true, ControlPlaneLog: logs, Announce: func(step string) { e.say("%s", step) },
	}); err != nil {
		return nil, err
	}
	e.ends.Add(e.Run)
	if err := e.startProxies(); err != nil {
		return nil, err
	}
	e.startAgora()
	e.fleet = &fleet{binary: e.Operator, kubeconfig: filepath.Join(c.folder, kubernetesAddress), folder: c.folder}
	for _, of := range replicas() {
		if err := e.fleet.add(ctx, of, e.agoraProxy, endpointsEach); err != nil {
			return nil, err
		}
	}
	e.ends.Add(e.fleet.closeEndpoints)
	e.fleet.arguments = e.operatorFlags()
	e.startNotificationProxy()
	if err := e.createObjects(ctx); err != nil {
		return nil, err
	}
	if e.watchLog, err = newWatchLog(ctx, e.ControlPlane.EtcdURL, c.folder, e.looksWhole); err != nil {
		return nil, err
	}
	e.ends.Add(func() error { e.watchLog.close(); return nil })
	return e, nil
}

// looksWhole says whether all files of a recording are in the bucket. The bucket
// may show the last of them a moment before the simulator knows that it is written.
func (e *environment) looksWhole(sid string) bool {
	return until(context.Background(), writtenTimeout, writtenInterval, func() bool {
		recording, _ := e.agora.Recording(sid)
		return recording.LooksWhole
	})
}

const (
	writtenInterval = 20 * time.Millisecond
	writtenTimeout  = time.Second
)

// startProxies starts what stands before the API server and the bucket.
func (e *environment) startProxies() (err error) {
	if e.proxy, err = newAPIServerProxy(e.ControlPlane.Config, &e.troubles); err != nil {
		return err
	}
	e.ends.Add(e.proxy.close)
	if err := e.proxy.writeKubeconfig(filepath.Join(e.folder, kubernetesAddress)); err != nil {
		return err
	}
	if e.bucketProxy, err = newBucketProxy(e.Bucket.Server.Endpoint); err != nil {
		return err
	}
	e.ends.Add(e.bucketProxy.close)
	e.vault.add(e.Bucket.Reader.SecretKey, "secret key of the bucket")
	e.vault.add(e.Bucket.Server.SecretKey, "secret key of the S3 server's administrator")
	e.bucketSpec = &v1alpha1.StorageSpec{
		Vendor: selfBuiltVendor, Bucket: testenv.BucketName, Endpoint: e.bucketProxy.server.URL,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketSecret},
	}
	return nil
}

func (e *environment) startAgora() {
	credentials := map[string]string{}
	owners := map[string]string{}
	appIDs := map[string]string{}
	for _, a := range accounts() {
		appIDs[a.appID] = a.name
		for _, customer := range append([]string{a.otherClients}, a.customers...) {
			if customer != "" {
				credentials[customer], owners[customer] = e.vault.customer(customer), a.name
			}
		}
	}
	e.agora = agorasim.New(agorasim.Options{
		Credentials: credentials, AppIDs: appIDs, Speed: speed, RequestsPerSecond: defaultLimit,
		Bucket: e.Bucket.Bucket, RequestLogSize: logSize, NotificationTimeout: receiverTimeout,
		StateClockTime: true, UnixSliceNames: true, StartupStep: startupStep, ResourceIDValidity: resourceIDValidity, Scenario: e.scenario,
	})
	for customer, owner := range owners {
		e.agora.SetAccount(customer, owner)
	}
	for _, a := range accounts() {
		e.agora.SetRequestsPerSecond(a.customers[0], a.limit)
	}
	e.agoraProxy = &agoraProxy{agora: e.agora, accountOf: func(customer, secret string) string {
		if !e.vault.isValid(customer, secret) {
			return ""
		}
		return owners[customer]
	}}
}

func (e *environment) startNotificationProxy() {
	var receivers []string
	for _, r := range e.fleet.of(shardMain) {
		receivers = append(receivers, r.receiver)
	}
	e.notificationProxy = newNotificationProxy(receivers, e.vault.signed)
	e.ends.Add(e.notificationProxy.close)
	e.ends.Add(func() error { e.agora.Close(); return nil })
}

// setNotifications has Agora sign with the present secrets.
func (e *environment) setNotifications() error {
	receivers := map[string]notify.Receiver{}
	for _, a := range accounts() {
		if a.silent {
			continue
		}
		receivers[a.appID] = notify.Receiver{URL: e.notificationProxy.server.URL, Secret: e.vault.receiver(a.name)}
	}
	return e.agora.SetNotifications(notify.Settings{AppIDs: receivers})
}

// createObjects creates the namespaces and Secrets.
func (e *environment) createObjects(ctx context.Context) error {
	for _, name := range append(namespaces(), operatorNamespace) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := e.Client.Create(ctx, namespace); err != nil {
			return fmt.Errorf("create namespace %s: %w", name, err)
		}
	}
	for _, name := range namespaces() {
		object := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: bucketSecret},
			StringData: map[string]string{v1alpha1.AccessKeyKey: e.Bucket.Reader.AccessKey, v1alpha1.SecretKeyKey: e.Bucket.Reader.SecretKey},
		}
		if err := e.Client.Create(ctx, object); err != nil {
			return fmt.Errorf("create Secret %s: %w", bucketSecret, err)
		}
	}
	if err := e.restoreSecrets(ctx, namespaces()); err != nil {
		return err
	}
	return e.setNotifications()
}

// recordingOf returns how a recording is at Agora, if it has begun.
func (e *environment) recordingOf(r recordingPlan) (agorasim.Recording, bool) {
	return e.agora.LatestRecording(r.options.AppID, r.options.CName, r.options.UID)
}

// scenario is how a recording goes that the operator starts. With a wrong token
// or a wrong key none comes up.
func (e *environment) scenario(request agorasim.StartRequest) agorasim.Scenario {
	l := e.recordings[request.CName]
	scenario := l.options.Scenario
	scenario.NeverUp = l.outcome == outcomeNeverUp || !e.vault.opens(request)
	return scenario
}

func (e *environment) addFault(kind string, fault faults.Fault) error {
	id, err := e.agora.AddFault(fault)
	e.noteFault(e.callFaults, id, kind)
	return err
}

func (e *environment) addNotificationFault(kind string, fault notify.Fault) error {
	id, err := e.agora.AddNotificationFault(fault)
	e.noteFault(e.notificationFaults, id, kind)
	return err
}

// noteFault notes what a fault is counted as.
func (e *environment) noteFault(kinds map[string]string, id, kind string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kinds[id] = kind
}

// say tells people what goes on.
func (e *environment) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(e.progress, format+"\n", arguments...)
}

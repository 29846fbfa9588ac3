// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// patience is how long to wait for the cluster.
	patience = 3 * time.Minute

	// watchInterval is the interval between two checks of what is installed.
	watchInterval = 500 * time.Millisecond
)

// operatorPath returns the path of the operator, which is built once.
var operatorPath = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "commands-operator-")
	if err != nil {
		return "", fmt.Errorf("create a folder for the operator: %w", err)
	}
	removeAtEnd = append(removeAtEnd, folder)
	return testenv.BuildOperator(context.Background(), folder)
})

// removeAtEnd are folders that outlive a test.
var removeAtEnd []string

// cluster is an API server that runs the operator's Deployment and Jobs as processes of this
// machine, in place of nodes.
type cluster struct {
	plane  *controlplane.ControlPlane
	client client.Client
	agora  *testenv.Agora
	// folder contains kubeconfigs.
	folder string
	logs   *gbytes.Buffer

	// running are the operators by the UID and generation of their Deployments.
	running map[string]*testenv.Operator
	// ended are the Jobs that have run, by UID.
	ended map[string]bool
}

// neighbors are the namespaces of other software in a reader's cluster: Argo CD, Prometheus,
// and an Ingress controller.
func neighbors() []string { return []string{"argocd", "monitoring", "ingress"} }

// newCluster starts a cluster, which ends with the test.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	g := NewWithT(t)
	plane, err := controlplane.Start(t.Context(), controlplane.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(plane.Stop()).To(Succeed()) })
	c := &cluster{
		plane: plane, folder: t.TempDir(), logs: gbytes.NewBuffer(),
		running: map[string]*testenv.Operator{}, ended: map[string]bool{},
	}
	c.client, err = testenv.NewClient(plane.Config)
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range neighbors() {
		g.Expect(c.client.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
	}
	cleanup := &testenv.Cleanup{}
	// The credentials are those in the samples and documents.
	c.agora, err = testenv.StartAgora(cleanup, agorasim.Options{
		Credentials: map[string]string{"your-customer-id": "your-customer-secret"}, UploadDuration: -1, StartupStep: -1, RequestsPerSecond: -1,
	})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(cleanup.Run()).To(Succeed()) })
	c.watch(t)
	return c
}

// watch checks what is installed until the test ends.
func (c *cluster) watch(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		for {
			if err := c.look(ctx); err != nil && ctx.Err() == nil {
				// The next check retries after a conflict.
				_, _ = fmt.Fprintf(c.logs, "the cluster: %v\n", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		for _, operator := range c.running {
			operator.Kill()
		}
		if t.Failed() {
			t.Log(string(c.logs.Contents()))
		}
	})
}

func (c *cluster) look(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.runDeployments, c.runJobs, c.endNamespaces} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// runDeployments runs one process for the current generation of each Deployment, and stops all
// others.
func (c *cluster) runDeployments(ctx context.Context) error {
	deployments := &appsv1.DeploymentList{}
	if err := c.client.List(ctx, deployments); err != nil {
		return fmt.Errorf("list Deployments: %w", err)
	}
	wanted := map[string]*appsv1.Deployment{}
	for i := range deployments.Items {
		deployment := &deployments.Items[i]
		if deployment.DeletionTimestamp == nil && !strings.HasPrefix(deployment.Namespace, "kube-") {
			wanted[fmt.Sprint(deployment.UID, "-", deployment.Generation)] = deployment
		}
	}
	for key, operator := range c.running {
		if wanted[key] == nil {
			// It has lost its permissions with its Deployment, or ends by itself.
			_ = operator.Stop()
			delete(c.running, key)
		}
	}
	for key, deployment := range wanted {
		if c.running[key] == nil {
			operator, err := c.start(ctx, deployment)
			if err != nil {
				return err
			}
			c.running[key] = operator
		}
		if deployment.Status.ObservedGeneration != deployment.Generation {
			if err := c.available(ctx, deployment); err != nil {
				return err
			}
		}
	}
	return c.releaseDeployments(ctx, deployments.Items)
}

// releaseDeployments removes the finalizers of Deployments whose processes have ended, as the
// garbage collector does.
func (c *cluster) releaseDeployments(ctx context.Context, deployments []appsv1.Deployment) error {
	for i := range deployments {
		deployment := &deployments[i]
		if deployment.DeletionTimestamp == nil || len(deployment.Finalizers) == 0 {
			continue
		}
		before := deployment.DeepCopy()
		deployment.Finalizers = nil
		if err := c.client.Patch(ctx, deployment, client.MergeFrom(before)); err != nil {
			return fmt.Errorf("let a Deployment go: %w", err)
		}
	}
	return nil
}

// start runs the operator as the ServiceAccount of a Deployment, with its flags. Agora and the
// addresses are on this machine, and intervals of minutes are shortened to seconds.
func (c *cluster) start(ctx context.Context, deployment *appsv1.Deployment) (*testenv.Operator, error) {
	pod := deployment.Spec.Template.Spec
	kubeconfig, err := c.kubeconfig(ctx, deployment.Namespace, pod.ServiceAccountName)
	if err != nil {
		return nil, err
	}
	arguments := slices.DeleteFunc(slices.Clone(pod.Containers[0].Args), func(argument string) bool {
		return strings.HasPrefix(argument, "--health-probe-bind-address=")
	})
	arguments = append(arguments,
		"--agora-endpoints="+c.agora.URL, "--leader-election-namespace="+deployment.Namespace, "--notifications-namespace="+deployment.Namespace,
		"--poll-interval=2s", "--not-found-grace=1s", "--upload-recheck-min=1s", "--upload-recheck-max=2s", "--upload-settle-time=3s", "--allow-unsafe-timings")
	for _, flag := range []string{"--notifications-bind-address", "--metrics-bind-address"} {
		address, err := testenv.FreeAddress(ctx)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, flag+"="+address)
	}
	binary, err := operatorPath()
	if err != nil {
		return nil, err
	}
	return testenv.StartOperator(ctx, testenv.OperatorOptions{Binary: binary, Kubeconfig: kubeconfig, Output: c.logs, Arguments: arguments})
}

// kubeconfig writes a kubeconfig with a token of a ServiceAccount, as its pods have it.
func (c *cluster) kubeconfig(ctx context.Context, namespace, name string) (string, error) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	token := &authenticationv1.TokenRequest{}
	if err := c.client.SubResource("token").Create(ctx, account, token); err != nil {
		return "", fmt.Errorf("get a token of a service account: %w", err)
	}
	config, err := clientcmd.LoadFromFile(c.plane.Kubeconfig)
	if err != nil {
		return "", fmt.Errorf("read the kubeconfig: %w", err)
	}
	for user := range config.AuthInfos {
		config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	}
	file := filepath.Join(c.folder, namespace+"-"+name)
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		return "", fmt.Errorf("write a kubeconfig: %w", err)
	}
	return file, nil
}

// available sets the status of a Deployment whose pods run.
func (c *cluster) available(ctx context.Context, deployment *appsv1.Deployment) error {
	replicas := int32(1)
	if deployment.Spec.Replicas != nil {
		replicas = *deployment.Spec.Replicas
	}
	deployment.Status = appsv1.DeploymentStatus{
		ObservedGeneration: deployment.Generation, Replicas: replicas, UpdatedReplicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas,
		Conditions: []appsv1.DeploymentCondition{
			{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable", LastTransitionTime: metav1.Now(), LastUpdateTime: metav1.Now()},
			{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable", LastTransitionTime: metav1.Now(), LastUpdateTime: metav1.Now()},
		},
	}
	if err := c.client.Status().Update(ctx, deployment); err != nil {
		return fmt.Errorf("write the status of a Deployment: %w", err)
	}
	return nil
}

// settle waits until everything that was installed runs.
func (c *cluster) settle(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	g.Eventually(func(g Gomega) {
		deployments := &appsv1.DeploymentList{}
		g.Expect(c.client.List(t.Context(), deployments)).To(Succeed())
		for _, deployment := range deployments.Items {
			g.Expect(deployment.DeletionTimestamp).To(BeNil())
			g.Expect(deployment.Status.ObservedGeneration).To(Equal(deployment.Generation), deployment.Name)
			g.Expect(deployment.Status.AvailableReplicas).To(BeNumerically(">", 0), deployment.Name)
		}
		namespaces := &corev1.NamespaceList{}
		g.Expect(c.client.List(t.Context(), namespaces)).To(Succeed())
		for _, namespace := range namespaces.Items {
			g.Expect(namespace.DeletionTimestamp).To(BeNil(), namespace.Name)
		}
		jobs := &batchv1.JobList{}
		g.Expect(c.client.List(t.Context(), jobs)).To(Succeed())
		for _, job := range jobs.Items {
			g.Expect(job.Status.Conditions).NotTo(BeEmpty(), job.Name)
		}
	}).WithTimeout(patience).Should(Succeed())
}

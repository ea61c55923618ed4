//! PlanningService: simulated days.

use crate::serve::front::Front;
use crate::serve::planner::{Updates, read, request, scenarios};
use crate::wire::check::{At, check};
use crate::wire::page::Page;
use crate::wire::status::Fault;
use crate::wire::v1::*;
use crate::wire::{Failure, name};
use tonic::{Request, Response, Status};

impl Front {
    async fn run(&self, asked: RunScenarioRequest) -> Result<Updates, Failure> {
        let request = request(&asked);
        if let Some((id, digest)) = &request
            && let Some(run) = self.planner.repeated(id, digest)?
        {
            return Ok(Updates::of(run));
        }
        let roads = self.roads.clone();
        let order = tokio::task::spawn_blocking(move || read(&asked, request, &roads)).await;
        let order = order.map_err(|_| Failure::from(Fault::Crashed))??;
        Ok(Updates::of(self.planner.take_on(order, self.clock.now())?))
    }
}

fn run_id(said: &str) -> Result<String, Failure> {
    let id = |at: &At<'_>| match said.strip_prefix("runs/") {
        Some(id) if name::is_id(id) => Some(id.to_owned()),
        _ => at.no("has to look like runs/{run}"),
    };
    check(|at| id(&at.field("name")))
}

#[tonic::async_trait]
impl planning_service_server::PlanningService for Front {
    type RunScenarioStream = Updates;
    type WatchRunStream = Updates;

    async fn run_scenario(&self, request: Request<RunScenarioRequest>) -> Result<Response<Updates>, Status> {
        Ok(Response::new(self.run(request.into_inner()).await?))
    }

    async fn watch_run(&self, request: Request<WatchRunRequest>) -> Result<Response<Updates>, Status> {
        let run = self.planner.run(&run_id(&request.into_inner().name)?)?;
        Ok(Response::new(Updates::of(run)))
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<Run>, Status> {
        Ok(Response::new(self.planner.run(&run_id(&request.into_inner().name)?)?.told(true)))
    }

    async fn list_runs(
        &self,
        request: Request<ListRunsRequest>,
    ) -> Result<Response<ListRunsResponse>, Status> {
        let asked = request.into_inner();
        let page = check(|at| Page::read(at, asked.page_size, &asked.page_token, "runs"))?;
        let rest = self.planner.after(page.after.as_deref());
        let (runs, next_page_token) = page.take(rest.into_iter(), |run| run.id.clone());
        let runs = runs.iter().map(|run| run.told(false)).collect();
        Ok(Response::new(ListRunsResponse { runs, next_page_token }))
    }

    async fn cancel_run(&self, request: Request<CancelRunRequest>) -> Result<Response<Run>, Status> {
        Ok(Response::new(self.planner.cancel(&run_id(&request.into_inner().name)?)?.told(true)))
    }

    async fn list_scenarios(
        &self,
        _: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        Ok(Response::new(scenarios()))
    }
}

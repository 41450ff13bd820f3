import abc
import asyncio
import logging

logger = logging.getLogger(__name__)


class Report(abc.ABC):
    def __init__(self, title):
        self.title = title

    @abc.abstractmethod
    def body(self):
        pass

    def render(self):
        logger.info("rendering %s", self.title)
        return f"{self.title}\n{self.body()}"


def collect(reports):
    return {type(report).__name__: report.render() for report in reports}


async def fetch(name):
    if not name:
        raise ValueError("no name")
    await asyncio.sleep(0)
    return f"page {name}"
